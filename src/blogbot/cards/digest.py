"""Several things told in one message, and a message whose article is gone. Pure; knows neither the ledger nor the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from blogbot.cards.events import EventCards
from blogbot.cards.posts import PostCards
from blogbot.cards.tap import Tap, Verb
from blogbot.cards.voice import LINE, PER_ROW, Row
from blogbot.model import Announcement, Button, Digest, EventStatus, Message, Occurrence, Post

MOST = 10  # things named in one digest; more are counted


@dataclass(frozen=True, slots=True)
class Item:
    """An announcement with what it is about as that stands now; `gone` is the title of a post that is not there any more."""

    announcement: Announcement
    post: Post | None = None
    occurrence: Occurrence | None = None
    gone: str = ""


class DigestCards(PostCards, EventCards):
    """Cards of what is told together, and of what was told and is gone."""

    def digest(self, items: Sequence[Item], kind: Digest) -> Message:
        """The news of a day or a week; without a digest's rhythm, what gathered while nobody could be told.

        `items` are the earliest first. Of more than ten, the events and the newest articles are named, and the lists lead
        to the others.
        """
        _ = self.words.gettext
        heading = {
            Digest.INSTANT: _("🗞 What happened meanwhile"),
            Digest.DAILY: _("🗞 Today's digest"),
            Digest.WEEKLY: _("🗞 This week's digest"),
        }[kind]
        named = _named(items)
        lines = [f"{number}. {self._item(item)}" for number, item in enumerate(named, 1)]
        buttons = [
            Button(str(number), data=tap.data)
            for number, item in enumerate(named, 1)
            if (tap := _tap(item)) is not None
        ]
        rows: list[Row] = [tuple(buttons[at : at + PER_ROW]) for at in range(0, len(buttons), PER_ROW)]
        parts = [f"<b>{heading}</b>", "\n".join(lines), self._more(len(items) - len(named))]
        return self.says(parts, [*rows, self._ways(items)])

    def withdrawn(self, title: str) -> Message:
        """In the place of the news of an article that is gone."""
        _ = self.words.gettext
        parts = [f"<s>{self.title(title)}</s>", _("This article was withdrawn.")]
        return self.says(parts, [(self.button(_("Latest articles"), Verb.LATEST),)])

    def _item(self, item: Item) -> str:
        _ = self.words.gettext
        if item.post is not None:
            return f"{self.title(item.post.title, LINE)}\n    {self.short_day(item.post.published)}"
        if item.occurrence is not None:
            cancelled = item.occurrence.status is EventStatus.CANCELLED
            state = " " + _("(cancelled)") if cancelled else ""
            return f"📅 {self.title(item.occurrence.title, LINE)}{state}\n    {self.brief(item.occurrence)}"
        return self.struck(self.title(item.gone, LINE))

    def _more(self, count: int) -> str:
        if not count:
            return ""
        return self.words.ngettext("… and {n} more", "… and {n} more", count).format(n=count)

    def _ways(self, items: Sequence[Item]) -> Row:
        """The lists in which all of it stands."""
        _ = self.words.gettext
        articles = (self.button(_("Latest articles"), Verb.LATEST),)
        events = (self.button(_("All events"), Verb.EVENTS),)
        has_events = any(item.occurrence is not None for item in items)
        return (*articles, *(events if has_events else ()), self.button(_("What I follow"), Verb.FOLLOWING))


def _named(items: Sequence[Item]) -> list[Item]:
    """What a digest names, in the order given: an event that is missed is missed for good, so events go before articles."""
    by_worth = sorted(range(len(items)), key=lambda at: (items[at].occurrence is None, -at))
    return [items[at] for at in sorted(by_worth[:MOST])]


def _tap(item: Item) -> Tap | None:
    if item.post is not None:
        return Tap.of(Verb.POST, item.post.id)
    if item.occurrence is not None:
        return Tap.of(Verb.EVENT, item.occurrence.event.id, item.occurrence.id)
    return None
