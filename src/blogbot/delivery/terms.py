"""When a chat wants to be told: quiet hours, mute, digests. Pure: wishes and instants in, an instant out.

All hours are hours of the chat's own clock, so daylight saving moves the instants and never the hours. Local times are
compared as local times and turned into instants at the end; never is anything added to an aware local time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from blogbot.i18n import zone_named
from blogbot.model import Announcement, AnnouncementKind, Chat, Digest, Terms

DAY = timedelta(days=1)
MINUTES = 24 * 60
UTC_ZONE = ZoneInfo("UTC")


def held_until(
    chat: Chat, announcement: Announcement, now: datetime, *, zone: str, urgent: bool = False
) -> datetime | None:
    """Until when (UTC) the chat's terms hold an announcement back; None where it may go now.

    `zone` is the chat's, as `i18n.zone_of` says; one that does not exist is UTC. An edit makes no sound, so nothing holds it.
    What is `urgent` waits for nothing.
    """
    if urgent or announcement.kind.edits:
        return None
    until = undisturbed(chat.terms, zone, max(now, digest_of(chat, announcement, zone=zone) or now))
    return until if until > now else None


def wanted(chat: Chat, announcement: Announcement, now: datetime, *, zone: str) -> datetime:
    """From when on the chat could be told what it is told now: since it was due, or since its terms first let it come.

    What comes while they hold it passes them, as it is urgent, and could have come at once.
    """
    first = held_until(chat, announcement, announcement.due, zone=zone)
    return announcement.due if first is None or first > now else first


def digest_of(chat: Chat, announcement: Announcement, *, zone: str) -> datetime | None:
    """When the digest comes that tells this chat of it; None where it does not wait for one.

    An event that begins before its digest would come is told by itself.
    """
    if chat.terms.digest is Digest.INSTANT or not announcement.kind.gathers:
        return None
    comes = next_digest(chat.terms, zone, announcement.due)
    if announcement.kind is AnnouncementKind.EVENT and undisturbed(chat.terms, zone, comes) >= announcement.expires:
        return None
    return comes


def next_digest(terms: Terms, zone: str, after: datetime) -> datetime:
    """The first instant (UTC) at or after `after` at which the chat's digest comes."""
    local = zone_named(zone) or UTC_ZONE
    day = after.astimezone(local).date() - DAY  # near midnight, a gap may move yesterday's hour into today
    while True:
        # Of a day that the zone skipped there is no daily digest; a week has its one also then.
        wanted = day.weekday() == terms.digest_day if terms.digest is Digest.WEEKLY else _exists(day, local)
        if wanted:
            comes = _instant(day, time(terms.digest_hour % 24), local)
            if comes >= after:
                return comes
        day += DAY


def quiet_ends(terms: Terms, zone: str, now: datetime) -> datetime | None:
    """When the quiet hours that hold now end (UTC); None where none do."""
    if terms.quiet_from is None or terms.quiet_until is None or terms.quiet_from == terms.quiet_until:
        return None
    first, last = terms.quiet_from % MINUTES, terms.quiet_until % MINUTES
    local = zone_named(zone) or UTC_ZONE
    here = now.astimezone(local)
    minute = here.hour * 60 + here.minute
    overnight = first > last
    quiet = minute >= first or minute < last if overnight else first <= minute < last
    if not quiet:
        return None
    day = here.date() + DAY if overnight and minute >= first else here.date()
    ends = _instant(day, time(last // 60, last % 60), local)
    # The hour that ends them may come twice in one night: then it is the second one that is still ahead.
    return ends if ends > now else _instant(day, time(last // 60, last % 60, fold=1), local)


def ends_at(terms: Terms, zone: str, instant: datetime) -> bool:
    """Whether what these terms hold back may go from `instant` on and no sooner: a night, a mute or the wait for a digest ends
    just then. So it is of what was put off till then, unless its zone has got other rules since."""
    before = instant - timedelta(seconds=1)
    if instant in (terms.muted_until, quiet_ends(terms, zone, before)):
        return True
    return terms.digest is not Digest.INSTANT and next_digest(terms, zone, before) == instant


def undisturbed(terms: Terms, zone: str, until: datetime) -> datetime:
    """The first instant from `until` on that lies neither in a mute nor in quiet hours."""
    if terms.muted_until is not None:
        until = max(until, terms.muted_until)
    ends = quiet_ends(terms, zone, until)
    while ends is not None and ends > until:  # a gap may let one night's quiet hours end where others begin
        until = ends
        ends = quiet_ends(terms, zone, until)
    return until


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """A wall time as an instant (UTC). One that does not exist that day is the first moment after the gap (PEP 495)."""
    local = datetime.combine(day, wall, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _after_gap(local, zone)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Whether any moment has this date (Samoa had no 30 December 2011)."""
    noon = datetime.combine(day, time(12), zone)
    return noon.astimezone(UTC).astimezone(zone).date() == day


def _after_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clock jumped over `local`. Of its two readings, the earlier offset lies before the jump."""
    early = local.replace(fold=1).astimezone(UTC)
    late = local.replace(fold=0).astimezone(UTC)
    low, high = min(early, late) - timedelta(hours=26), max(early, late) + timedelta(hours=26)
    wall = local.replace(tzinfo=None)
    # The clock shows less than `wall` before the jump and more after it.
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
