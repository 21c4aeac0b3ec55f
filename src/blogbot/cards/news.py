"""What blogbot says unasked, as a chat reads it: news of posts and events, and reminders.

Every one says what to do next. Pure: whether and to whom something is said is decided elsewhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from blogbot.cards.digest import DigestCards
from blogbot.cards.tap import NEWS, Verb
from blogbot.cards.voice import PLACE, Row
from blogbot.model import Announcement, AnnouncementKind, EventStatus, Message, Occurrence, Post

LATE = {AnnouncementKind.REMINDER: timedelta(minutes=5)}
LATE_OTHERWISE = timedelta(hours=1)


class NewsCards(DigestCards):
    """Cards of announcements."""

    def announcement(
        self,
        announcement: Announcement,
        *,
        post: Post | None,
        occurrence: Occurrence | None,
        wanted: datetime | None = None,
        again: bool = False,
    ) -> Message:
        """The message that says an announcement, from what it is about as that stands now.

        It is late where it comes long after it was due, or after `wanted`, when the chat's own terms first let it come.
        `again`: it takes the place of one that was sent, so it neither apologises nor counts from now. Raises ValueError where
        there is nothing to say: what it is about is not there (any more), or it only changes other messages.
        """
        if announcement.kind.edits:
            raise ValueError(f"announcement {announcement.id} only changes messages that say something else")
        late = "" if again else self._late(announcement, wanted or announcement.due)
        if announcement.kind is AnnouncementKind.POST:
            if post is None:
                raise ValueError(f"announcement {announcement.id} is of a post, and there is none")
            return self._new_post(announcement, post, late)
        if occurrence is None:
            raise ValueError(f"announcement {announcement.id} is of an event, and there is none")
        since = announcement.due if again else self.now
        return self._of_event(announcement, occurrence, late, since)

    def _new_post(self, announcement: Announcement, post: Post, late: str) -> Message:
        _ = self.words.gettext
        related = self.button(_("Related"), Verb.RELATED, post.id)
        rows = [(*self.read_button(post), related), (self.button(_("What I follow"), Verb.FOLLOWING),)]
        return self.says([_("📰 New article"), *self.post_parts(post), late], rows, self.preview(post))

    def _of_event(self, announcement: Announcement, occurrence: Occurrence, late: str, since: datetime) -> Message:
        if announcement.kind is AnnouncementKind.REMINDER:
            heading, rows = self._reminder(occurrence, since)
        else:
            heading, rows = {
                AnnouncementKind.EVENT: self._new_event,
                AnnouncementKind.MOVED: self._moved,
                AnnouncementKind.CANCELLED: self._cancelled,
            }[announcement.kind](announcement, occurrence)
        state = self.state(occurrence) if announcement.kind is not AnnouncementKind.CANCELLED else ""
        titled = announcement.kind is not AnnouncementKind.REMINDER
        return self.says([heading, state, *self.event_parts(occurrence, titled=titled), late], rows)

    def _new_event(self, _announcement: Announcement, occurrence: Occurrence) -> tuple[str, list[Row]]:
        return self.words.gettext("📅 New event"), [self._remind_me(occurrence), *self.event_links(occurrence)]

    def _moved(self, announcement: Announcement, occurrence: Occurrence) -> tuple[str, list[Row]]:
        """Names what changed: the time (`was`), the place (`was_location`), how many dates of a series (`dates`); or that it was cancelled and is not any more (`again`)."""
        _ = self.words.gettext
        was = _instant(announcement.detail.get("was", ""))
        place = announcement.detail.get("was_location", occurrence.location)
        moved = was is not None and was != occurrence.starts
        lines = [_("🔁 This event moved") if moved else _("🔁 This event changed")]
        if "again" in announcement.detail:
            lines = [_("✅ This event takes place after all")]
        if was is not None and moved:
            old, new = self._then(was, occurrence), self._then(occurrence.starts, occurrence)
            lines.append(_("It was {old}, now it is {new}.").format(old=old, new=new))
        if place != occurrence.location:
            lines.append(_("The place was {old}.").format(old=self.quote(place, PLACE) or _("not named")))
        lines.append(self._series(announcement))
        heading = "\n".join(line for line in lines if line)
        return heading, [self._remind_me(occurrence), *self.event_links(occurrence)]

    def _cancelled(self, announcement: Announcement, occurrence: Occurrence) -> tuple[str, list[Row]]:
        _ = self.words.gettext
        if occurrence.event.status is EventStatus.CANCELLED:
            heading = _("❌ This event will not take place. You will not be reminded of it.")
        else:
            heading = _("❌ This date will not take place. You will not be reminded of it.")
        lines = [heading, self._series(announcement)]
        ways = (self.button(_("Next event"), Verb.NEXT), self.button(_("All events"), Verb.EVENTS))
        return "\n".join(line for line in lines if line), [ways]

    def _series(self, announcement: Announcement) -> str:
        """That more dates of the same event changed, "" where it is this one alone."""
        said = announcement.detail.get("dates", "")
        dates = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 1
        if dates < 2:
            return ""
        line = self.words.ngettext(
            "{n} date of this event changed; this is the first.",
            "{n} dates of this event changed; this is the first.",
            dates,
        )
        return line.format(n=dates)

    def _reminder(self, occurrence: Occurrence, since: datetime) -> tuple[str, list[Row]]:
        """How long it is from the moment at which it is read, which is the truth also where the reminder is late."""
        _ = self.words.gettext
        title = f"<b>{self.title(occurrence.title)}</b>"
        heading = _("⏰ {soon}: {title}").format(soon=self.soon(occurrence.starts - since), title=title)
        change = (self.button(_("Change reminders"), Verb.REMIND_MENU),)
        return heading, [*self.event_links(occurrence), change]

    def _remind_me(self, occurrence: Occurrence) -> Row:
        _ = self.words.gettext
        if not self.ahead(occurrence):
            return ()
        return (self.button(_("Remind me"), Verb.REMIND_EVENT, occurrence.event.id, occurrence.id, NEWS),)

    def _then(self, instant: datetime, occurrence: Occurrence) -> str:
        """An old or new start within a sentence: a moment, or a date for an all-day event."""
        if occurrence.event.all_day:
            return self.date_in(instant, occurrence.event.timezone)
        return self.moment(instant)

    def _late(self, announcement: Announcement, wanted: datetime) -> str:
        """A remark where this comes much later than `wanted`, "" else."""
        _ = self.words.gettext
        if self.now - wanted <= LATE.get(announcement.kind, LATE_OTHERWISE):
            return ""
        return _("I am sorry that this comes late: it was due {when}.").format(when=self.moment(wanted))


def _instant(iso: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return instant if instant.tzinfo else None
