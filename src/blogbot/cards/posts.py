"""An article as a chat reads it: its card, and its whole text in pages. Pure; knows no store and no Telegram."""

from __future__ import annotations

from blogbot import text
from blogbot.cards.tap import Verb
from blogbot.cards.voice import Row, Voice, openable
from blogbot.model import Message, Post, Tag
from blogbot.publish.address import post_page

EXCERPT = 400  # characters of an article on its card
NAMES = 12  # tags or authors on one card
NAME = 60  # characters of one of them
PIECE = 3000  # UTF-16 units of one page of an article; a screenful or two, with room for its heading


class PostCards(Voice):
    """Cards of one article."""

    def post(self, post: Post, related_count: int = 0, *, followed: bool = False) -> Message:
        """The card of a post. `followed` tells that the chat follows all its tags already."""
        rows = [self._reading(post, related_count), self._following(post, followed)]
        return self.says(self.post_parts(post), rows, self.preview(post))

    def article(self, post: Post, page: int = 0) -> Message:
        """A page (from 0) of the whole article; a page that does not exist gives the nearest one that does."""
        _ = self.words.gettext
        pieces = text.split(text.telegram_html(post.html), PIECE) if post.html.strip() else []
        pieces = [piece for piece in pieces if piece.strip()] or [_("This article has no text of its own.")]
        page = min(max(page, 0), len(pieces) - 1)
        heading = f"<b>{self.title(post.title)}</b>"
        if len(pieces) > 1:
            heading += " " + _("({page} of {pages})").format(page=page + 1, pages=len(pieces))
        turn: list[Row] = []
        if page > 0:
            turn.append((self.button("‹ " + _("Back"), Verb.PAGE, post.id, page - 1),))
        if page + 1 < len(pieces):
            turn.append((self.button(_("Next") + " ›", Verb.PAGE, post.id, page + 1),))
        related = (self.button(_("Related"), Verb.RELATED, post.id),)
        return self.says([heading, pieces[page]], [tuple(button for row in turn for button in row), related])

    def post_parts(self, post: Post) -> list[str]:
        """The paragraphs of a post's card."""
        head = f"<b>{self.title(post.title)}</b>\n{self._byline(post)}"
        shown = post.summary.strip() or text.plain(post.html)
        return [head, self.quote(shown, EXCERPT) if shown.strip() else "", self._tags(post)]

    def preview(self, post: Post) -> str:
        """The address whose preview goes with the card, "" where there is none."""
        url = post_page(self.site, post)
        return url if openable(url) else ""

    def read_button(self, post: Post) -> Row:
        """Read: on the site where it has an address, else here in the chat."""
        _ = self.words.gettext
        return self.link(_("Read"), post_page(self.site, post)) or (self.button(_("Read"), Verb.READ, post.id),)

    def names(self, names: tuple[str, ...]) -> str:
        """Names in a row, no more than a card can hold."""
        shown = ", ".join(self.quote(name, NAME) for name in names[:NAMES])
        return shown + (" …" if len(names) > NAMES else "")

    def _byline(self, post: Post) -> str:
        _ = self.words.gettext
        date = self.day(post.published)
        return _("{date}, by {authors}").format(date=date, authors=self.names(post.authors)) if post.authors else date

    def _tags(self, post: Post) -> str:
        _ = self.words.gettext
        if post.tags:
            return _("Tags: {tags}").format(tags=self.names(_names(post.tags)))
        if post.suggested:
            return _("Suggested tags: {tags}").format(tags=self.names(_names(post.suggested)))
        return ""

    def _reading(self, post: Post, related_count: int) -> Row:
        _ = self.words.gettext
        label = _("Related ({count})").format(count=related_count) if related_count else _("Related")
        return (*self.read_button(post), self.button(label, Verb.RELATED, post.id))

    def _following(self, post: Post, followed: bool) -> Row:
        """Only an editor's tags can be followed: news go by them."""
        _ = self.words.gettext
        if not post.tags:
            return ()
        if followed:
            return (self.button(_("Unfollow its tags"), Verb.UNFOLLOW_POST, post.id),)
        return (self.button(_("Follow its tags"), Verb.FOLLOW_POST, post.id),)


def _names(tags: tuple[Tag, ...]) -> tuple[str, ...]:
    return tuple(tag.name or tag.slug for tag in tags)
