"""What blogbot says unasked, as a chat reads it: news of posts and events, and reminders. Every one says what to do next.

Pure: whether and to whom something is said is decided elsewhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from blogbot.cards.events import EventCards
from blogbot.cards.posts import PostCards
from blogbot.cards.tap import NEWS, Verb
from blogbot.cards.voice import PLACE, Row
from blogbot.model import Announcement, AnnouncementKind, Message, Occurrence, Post

LATE = {AnnouncementKind.REMINDER: timedelta(minutes=5)}
LATE_OTHERWISE = timedelta(hours=1)


class NewsCards(PostCards, EventCards):
    """Cards of announcements."""

    def announcement(self, announcement: Announcement, *, post: Post | None, occurrence: Occurrence | None) -> Message:
        """The message that says an announcement, from what it is about as that stands now.

        Raises ValueError where that is not there (any more): then there is nothing to say.
        """
        if announcement.kind is AnnouncementKind.POST:
            if post is None:
                raise ValueError(f"announcement {announcement.id} is of a post, and there is none")
            return self._new_post(announcement, post)
        if occurrence is None:
            raise ValueError(f"announcement {announcement.id} is of an event, and there is none")
        return self._of_event(announcement, occurrence)

    def _new_post(self, announcement: Announcement, post: Post) -> Message:
        _ = self.words.gettext
        related = self.button(_("Related"), Verb.RELATED, post.id)
        rows = [(*self.read_button(post), related), (self.button(_("What I follow"), Verb.FOLLOWING),)]
        return self.says(
            [_("📰 New article"), *self.post_parts(post), self._late(announcement)], rows, self.preview(post)
        )

    def _of_event(self, announcement: Announcement, occurrence: Occurrence) -> Message:
        heading, rows = {
            AnnouncementKind.EVENT: self._new_event,
            AnnouncementKind.MOVED: self._moved,
            AnnouncementKind.CANCELLED: self._cancelled,
            AnnouncementKind.REMINDER: self._reminder,
        }[announcement.kind](announcement, occurrence)
        state = self.state(occurrence) if announcement.kind is not AnnouncementKind.CANCELLED else ""
        titled = announcement.kind is not AnnouncementKind.REMINDER
        parts = [heading, state, *self.event_parts(occurrence, titled=titled), self._late(announcement)]
        return self.says(parts, rows)

    def _new_event(self, _announcement: Announcement, occurrence: Occurrence) -> tuple[str, list[Row]]:
        return self.words.gettext("📅 New event"), [self._remind_me(occurrence), *self.event_links(occurrence)]

    def _moved(self, announcement: Announcement, occurrence: Occurrence) -> tuple[str, list[Row]]:
        """Names what changed: the time, the place, the title."""
        _ = self.words.gettext
        detail = announcement.detail
        was = _instant(detail.get("was", ""))
        changes = []
        if was is not None and was != occurrence.starts:
            changes.append(
                _("It was {old}, now it is {new}.").format(
                    old=self._then(was, occurrence), new=self._then(occurrence.starts, occurrence)
                )
            )
        if detail.get("location", occurrence.location) != occurrence.location:
            changes.append(
                _("The place was {old}.").format(old=self.quote(detail["location"] or _("not named"), PLACE))
            )
        if detail.get("title", occurrence.title) != occurrence.title:
            changes.append(_("The title was {old}.").format(old=self.title(detail["title"])))
        heading = _("🔁 This event moved") if was is not None else _("🔁 This event changed")
        return "\n".join([heading, *changes]), [self._remind_me(occurrence), *self.event_links(occurrence)]

    def _cancelled(self, _announcement: Announcement, occurrence: Occurrence) -> tuple[str, list[Row]]:
        _ = self.words.gettext
        heading = _("❌ This event will not take place. You will not be reminded of it.")
        return heading, [(self.button(_("Next event"), Verb.NEXT), self.button(_("All events"), Verb.EVENTS))]

    def _reminder(self, _announcement: Announcement, occurrence: Occurrence) -> tuple[str, list[Row]]:
        """How long it is from now, which is the truth also where the reminder is late."""
        _ = self.words.gettext
        title = f"<b>{self.title(occurrence.title)}</b>"
        heading = _("⏰ {soon}: {title}").format(soon=self.soon(occurrence.starts - self.now), title=title)
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

    def _late(self, announcement: Announcement) -> str:
        """A remark where this comes much after it was due, "" else."""
        _ = self.words.gettext
        if self.now - announcement.due <= LATE.get(announcement.kind, LATE_OTHERWISE):
            return ""
        return _("I am sorry that this comes late: it was due {when}.").format(when=self.moment(announcement.due))


def _instant(iso: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return instant if instant.tzinfo else None
