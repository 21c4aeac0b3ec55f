"""text: Telegram's markup is measured and cut without breaking it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from blogbot import text
from tests.telegram_markup import well_formed

ANY = st.text(st.characters(), max_size=200)

MARKUP = st.lists(
    st.sampled_from(
        ["<b>", "</b>", "<i>", "</i>", '<a href="https://e.org/?a&amp;b">', "</a>", "<pre>", "</pre>", "</x>", "<x>", "<blockquote expandable>", "</blockquote>",
         '<tg-time unix="1" format="wDT">9 July</tg-time>', "&lt;", "&amp;", "&#128512;", "<", ">", '"', "&", "🎉", "word ", "\n\n", "\n", " ", "longer words are here "]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("html", "limit", "wanted"),
    [
        ("short <b>text</b>", 100, "short <b>text</b>"),
        ("<b>one two three</b>", 9, "<b>one two…</b>"),
        ("a &lt;&lt;&lt;&lt; b", 5, "a &lt;&lt;…"),
        ("🎉🎉🎉", 4, "🎉…"),
        ("🎉🎉🎉", 6, "🎉🎉🎉"),
        ("x", 0, ""),
        ("xy", 1, "…"),
        ("<b>word</b> <i>more words</i>", 6, "<b>word</b>…"),
        ('on <tg-time unix="1" format="wDT">Tuesday, 9 July</tg-time> we meet', 12, "on…"),
        ("<b>unclosed", 100, "<b>unclosed</b>"),
        ("a < b <c> d", 100, "a &lt; b  d"),
    ],
)
def test_cut(html: str, limit: int, wanted: str) -> None:
    assert text.cut(html, limit) == wanted


@given(MARKUP, st.integers(1, 60))
def test_cut_keeps_its_limit_and_its_form(html: str, limit: int) -> None:
    shown = text.cut(html, limit)
    assert well_formed(shown)
    assert text.utf16_length(text.visible(shown)) <= limit
    if text.utf16_length(text.visible(html)) <= limit:
        assert text.visible(shown) == text.visible(html)
    else:
        assert text.visible(shown).endswith("…")


@given(MARKUP, st.integers(2, 60))
def test_split_loses_nothing(html: str, limit: int) -> None:
    pieces = text.split(html, limit)
    assert all(map(well_formed, pieces))
    assert all(0 < text.utf16_length(text.visible(piece)) <= limit for piece in pieces)
    assert not any(text.visible(piece).isspace() for piece in pieces)
    rejoined = "".join(map(text.visible, pieces))
    assert "".join(rejoined.split()) == "".join(text.visible(html).split())


@given(st.lists(st.sampled_from(["<b>", "</b>", "word ", "🎉", "&amp;"]), max_size=60).map("".join), st.integers(8, 20))
@example("word &amp;&amp;word <b>🎉🎉🎉🎉word ", 11)
def test_split_keeps_single_spaces(html: str, limit: int) -> None:
    assert "".join(map(text.visible, text.split(f"{html}.", limit))) == text.visible(f"{html}.")


def test_split_repeats_the_open_tags_and_ends_at_lines() -> None:
    html = "<blockquote><b>first line\nsecond line</b></blockquote>"
    assert text.split(html, 14) == [
        "<blockquote><b>first line\n</b></blockquote>",
        "<blockquote><b>second line</b></blockquote>",
    ]


def test_a_long_text_is_split_at_telegrams_limit() -> None:
    pieces = text.split("words and " * 2000)
    assert [text.utf16_length(piece) <= 4096 for piece in pieces] == [True] * 5
    assert all(a.endswith(" ") and not b.startswith(" ") for a, b in pairwise(pieces))


@given(ANY)
def test_escaped_text_is_seen_as_it_was(given_text: str) -> None:
    given_text = text.clean(given_text)
    assert text.visible(text.escape(given_text)) == given_text


@settings(max_examples=50)
@given(ANY)
def test_utf16_length_is_what_utf16_says(given_text: str) -> None:
    given_text = text.clean(given_text)
    assert text.utf16_length(given_text) == len(given_text.encode("utf-16-le")) // 2
