"""What a page shows of an article or an event's text: the body, its beginning, how long it takes to read."""

from __future__ import annotations

from html import escape

from markupsafe import Markup

from blogbot import text
from blogbot.model import Event, Post
from blogbot.text.reading import read

_SUMMARY = 220
_WORDS_A_MINUTE = 220

_AROUND = frozenset({"html", "body"})  # the reader's own
_VOID = frozenset({"br", "hr", "img", "wbr", "col"})
# A page has one of each already, and what people skip through by them is the page's.
_LANDMARKS = frozenset({"main", "header", "footer", "nav", "aside"})
_HEADINGS = {f"h{rank}": rank for rank in range(1, 7)}
_WIDE = frozenset({"pre", "table"})


def body(html: str, *, secure: bool) -> Markup:
    """The body of a post or an event, made to fit into a page that has a heading above it.

    It was sanitised when it came in, and is once more, since it is the one thing not escaped. On a `secure` page pictures are
    asked for by https, since browsers show no others there.
    """
    return Markup("".join(read(text.sanitise(html), lambda: _Body(secure)).parts))  # noqa: S704


def summary(item: Post | Event) -> str:
    """What it is about, in a line or two."""
    return text.excerpt(item.summary or text.plain(item.html), _SUMMARY)


def minutes(post: Post) -> int:
    """How long it takes to read."""
    return max(1, round(len(text.words(text.plain(post.html))) / _WORDS_A_MINUTE))


class _Body:
    """Writes what it reads, with headings that go on from the page's, and without what would break the page around it."""

    def __init__(self, secure: bool) -> None:
        self.parts: list[str] = []
        self._secure = secure
        self._open: list[str] = []
        self._ranks: list[int] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _AROUND:
            return
        name = "div" if tag in _LANDMARKS else self._heading(_HEADINGS[tag]) if tag in _HEADINGS else tag
        pairs = (f' {each}="{escape(value)}"' for each, value in self._shown(tag, attributes).items())
        self.parts.append(f"<{name}{''.join(pairs)}>")
        if tag not in _VOID:
            self._open.append(name)

    def end(self, tag: str) -> None:
        if tag not in _VOID and tag not in _AROUND:
            self.parts.append(f"</{self._open.pop()}>")

    def data(self, text: str) -> None:
        self.parts.append(escape(text, quote=False))

    def _heading(self, rank: int) -> str:
        """A heading one level beneath the nearest above it that ranks higher: none is h1, and no level is left out."""
        while self._ranks and self._ranks[-1] >= rank:
            self._ranks.pop()
        self._ranks.append(rank)
        return f"h{min(1 + len(self._ranks), 6)}"

    def _shown(self, tag: str, attributes: dict[str, str]) -> dict[str, str]:
        shown = {name: value for name, value in attributes.items() if name not in ("class", "headers")}
        languages = [each for each in attributes.get("class", "").split() if each.startswith("language-")]
        if languages:  # what else it is called there has another meaning in our style sheet
            shown["class"] = " ".join(languages)
        if tag in _WIDE:
            shown["tabindex"] = "0"  # so that the keyboard moves what is too wide
        if tag == "img":
            shown = {"alt": "", **shown}
            if self._secure and shown.get("src", "").startswith("http:"):
                shown["src"] = f"https:{shown['src'].removeprefix('http:')}"
        return shown
