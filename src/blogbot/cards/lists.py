"""Lists as a chat reads them: numbered, with a button for each item, Back and Next.

An empty list always says what to do next. Pure; knows nothing of where the items come from.
"""

from __future__ import annotations

from collections.abc import Sequence

from blogbot.cards.tap import Tap, Verb, short
from blogbot.cards.voice import LINE, Row, Voice
from blogbot.model import EventStatus, Message, Occurrence, Origin, Page, Post, Related, Tag

QUERY = 120  # characters of a search that are searched for and shown
NEAR = 6  # tags offered instead of one that is not there


class ListCards(Voice):
    """Cards of many things."""

    # --- Articles ---

    def posts(self, page: Page[Post], heading: str, verb: Verb, *args: object, more: Sequence[Row] = ()) -> Message:
        """A page of posts. `heading` is Telegram HTML; the paging buttons carry `verb`, `args` and an offset."""
        lines = [
            f"{n}. {self.title(post.title, LINE)}\n    {self.short_day(post.published)}"
            for n, post in enumerate(page.items, 1)
        ]
        taps = [Tap.of(Verb.POST, post.id) for post in page.items]
        rows: list[Row] = [*self.numbers(taps), self.turner(page, verb, *args), *more]
        return self.says([heading, "\n".join(lines), self.span(page)], rows)

    def latest(self, page: Page[Post]) -> Message:
        _ = self.words.gettext
        if not page.total:
            return self.nothing_yet()
        return self.posts(page, f"<b>{_('Latest articles')}</b>", Verb.LATEST)

    def nothing_yet(self) -> Message:
        """There is no article at all."""
        _ = self.words.gettext
        rows: list[Row] = [
            (self.button(_("Follow everything"), Verb.FOLLOW, "everything"), self.button(_("Next event"), Verb.NEXT))
        ]
        return self.says(
            [_("No article has been published yet. Follow everything, and you hear of the first one.")], rows
        )

    def tagged(self, page: Page[Post], tag: Tag, *, followed: bool = False) -> Message:
        """The posts with a tag, and whether the chat follows it."""
        _ = self.words.gettext
        verb, label = (Verb.UNFOLLOW, _("Unfollow this tag")) if followed else (Verb.FOLLOW, _("Follow this tag"))
        key = short(tag.slug)
        more = [(self.button(label, verb, "tag", key), self.button(_("All tags"), Verb.TAGS))]
        heading = f"<b>{_('Articles on {tag}').format(tag=self.quote(tag.name, LINE))}</b>"
        if not page.total:
            return self.says([heading, _("There is none now. Follow the tag, and you hear of the next one.")], more)
        return self.posts(page, heading, Verb.TAG, key, more=more)

    def found(self, page: Page[Post], query: str) -> Message:
        """The posts that fit a search. The query stands alone in bold: the paging buttons read it from there."""
        _ = self.words.gettext
        heading = f"{_('Search:')} <b>{self.quote(query, QUERY)}</b>"
        if not page.total:
            advice = _("No article fits. Try fewer or other words, or look through the tags.")
            rows = [(self.button(_("Tags"), Verb.TAGS), self.button(_("Latest articles"), Verb.LATEST))]
            return self.says([heading, advice], rows)
        return self.posts(page, heading, Verb.SEARCH)

    def related(self, post: Post, related: Sequence[Related], *, newest: bool = False) -> Message:
        """What belongs beside a post. `newest` tells that nobody named the post, so the newest was taken."""
        _ = self.words.gettext
        title = self.title(post.title, LINE)
        note = _(
            "You named no article, so I took the newest. Reply with /related to an article, or write /related and its title."
        )
        if not related:
            advice = _("I know of nothing related to {title} yet.").format(title=f"<b>{title}</b>")
            ways = (self.button(_("Latest articles"), Verb.LATEST), self.button(_("Tags"), Verb.TAGS))
            return self.says([advice, note if newest else ""], [ways])
        lines = [f"{n}. {self.title(item.post.title, LINE)}{self._origin(item)}" for n, item in enumerate(related, 1)]
        rows = self.numbers([Tap.of(Verb.POST, item.post.id) for item in related])
        heading = _("Related to {title}").format(title=f"<b>{title}</b>")
        return self.says([heading, "\n".join(lines), note if newest else ""], rows)

    def _origin(self, related: Related) -> str:
        _ = self.words.gettext
        return " " + _("(linked by the author)") if related.origin is Origin.CURATED else ""

    # --- Tags ---

    def tags(self, page: Page[tuple[Tag, int]]) -> Message:
        """A page of tags with how many posts carry each."""
        _ = self.words.gettext
        if not page.total:
            advice = _("No article has a tag yet. The latest articles are here, and /search finds words.")
            return self.says([advice], [(self.button(_("Latest articles"), Verb.LATEST),)])
        lines = [f"{n}. {self.quote(tag.name, LINE)} ({count})" for n, (tag, count) in enumerate(page.items, 1)]
        taps = [Tap.of(Verb.TAG, short(tag.slug)) for tag, _count in page.items]
        rows: list[Row] = [*self.numbers(taps), self.turner(page, Verb.TAGS)]
        hint = _("Tap a number, or write <code>/tag NAME</code>.")
        return self.says([f"<b>{_('Tags')}</b>", "\n".join(lines), self.span(page), hint], rows)

    def unknown_tag(self, name: str, near: Sequence[Tag]) -> Message:
        """No tag is called so; the nearest ones, where there are any."""
        _ = self.words.gettext
        parts = [_("No tag is called {name}.").format(name=self.quote(name, LINE))]
        parts.append(_("Did you mean one of these?") if near else _("The list of all tags has those that there are."))
        rows: list[Row] = [(self.button(self.label(tag.name), Verb.TAG, short(tag.slug)),) for tag in near[:NEAR]]
        rows.append((self.button(_("All tags"), Verb.TAGS),))
        return self.says(parts, rows)

    # --- Events ---

    def events(self, page: Page[Occurrence], *, past: bool = False) -> Message:
        """A page of dates, planned or past."""
        _ = self.words.gettext
        heading = _("Past events") if past else _("Events")
        lines = [f"{n}. {self._entry(occurrence)}" for n, occurrence in enumerate(page.items, 1)]
        rows: list[Row] = [
            *self.numbers([Tap.of(Verb.EVENT, occurrence.event.id, occurrence.id) for occurrence in page.items]),
            self.turner(page, Verb.PAST if past else Verb.EVENTS),
            self._other_events(past),
        ]
        return self.says([f"<b>{heading}</b>", "\n".join(lines), self.span(page)], rows)

    def no_event(self, last: Occurrence | None) -> Message:
        """Nothing is planned; what the last event was, and how to hear of the next."""
        _ = self.words.gettext
        parts = [_("No event is planned.")]
        rows: list[Row] = [(self.button(_("Tell me of new events"), Verb.FOLLOW, "events"),)]
        if last is not None:
            parts.append(_("The last was {event}").format(event=self._entry(last)))
            show = self.button(_("Show it"), Verb.EVENT, last.event.id, last.id)
            rows.append((show, self.button(_("Past events"), Verb.PAST)))
        parts.append(_("Ask to be told, and you hear of the next one as soon as it is there."))
        return self.says(parts, rows)

    def no_past(self) -> Message:
        """Nothing is over yet."""
        _ = self.words.gettext
        return self.says([_("No event has taken place yet.")], [(self.button(_("Events"), Verb.EVENTS),)])

    def _entry(self, occurrence: Occurrence) -> str:
        _ = self.words.gettext
        state = " " + _("(cancelled)") if occurrence.status is EventStatus.CANCELLED else ""
        return f"{self.title(occurrence.title, LINE)}{state}\n    {self.brief(occurrence)}"

    def _other_events(self, past: bool) -> Row:
        _ = self.words.gettext
        if past:
            return (self.button(_("Coming events"), Verb.EVENTS),)
        return (self.button(_("Past events"), Verb.PAST), self.button(_("Reminders"), Verb.REMIND_MENU))
