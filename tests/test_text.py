"""text: any string in, safe and bounded text out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blogbot import text
from blogbot.model import Offset
from tests.feed_rules import unsafe
from tests.telegram_markup import Check, well_formed
from tests.wild_posts import MARKUP

ANY = st.text(st.characters(), max_size=200)

# --- Words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("tab\tand\nline stay", "tab\tand\nline stay"),
        ("nul\x00 bell\x07 c1\x85 gone", "nul bell c1 gone"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("no\ufffecharacter\U0001ffff", "nocharacter"),
        ("cafe\u0301", "café"),
        ("عربي 日本 🎉", "عربي 日本 🎉"),
    ],
)
def test_clean_keeps_what_every_format_can_carry(given_text: str, wanted: str) -> None:
    assert text.clean(given_text) == wanted


@given(ANY)
def test_clean_text_is_encodable_and_stays_as_it_is(given_text: str) -> None:
    cleaned = text.clean(given_text)
    cleaned.encode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]", cleaned)
    assert text.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("Reflections on a year", "reflections-on-a-year"),
        ("  What's new?  C++ & more ", "whats-new-c-more"),
        ("Héllo Straße Øre", "hello-strasse-ore"),
        ("../../etc", "etc"),
        ("a" * 100, "a" * 60),
        ("the quick brown fox jumps over the lazy dog and then goes on and on", "the-quick-brown-fox-jumps-over-the-lazy-dog-and-then-goes-on"),
    ],
)  # fmt: skip
def test_slug_of_latin_words(given_text: str, wanted: str) -> None:
    assert text.slug(given_text) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("C", "c"),
        ("C++", "c-plus-plus"),
        ("c++ tips", "c-plus-plus-tips"),
        ("C#", "c-sharp"),
        ("F#/.NET", "f-sharp-dot-net"),
        ("NET", "net"),
        (".NET", "dot-net"),
        ("18+", "18-plus"),
        # As they always were.
        ("#python", "python"),
        ("A + B", "a-b"),
        ("R&D", "r-d"),
        ("Node.js", "node-js"),
        ("Open. Data...", "open-data"),
        ("..", "x-"),
        ("a+b", "a-b"),
        ("c-plus-plus", "c-plus-plus"),
    ],
)
def test_signs_that_tell_one_topic_from_another_are_said(name: str, wanted: str) -> None:
    slug = text.tag_slug(name)
    assert slug == wanted or (slug.startswith(wanted) and wanted == "x-")
    assert text.tag_slug(slug) == slug


def test_slugs_of_other_scripts_differ_and_stay_the_same() -> None:
    slugs = [text.slug(name) for name in ("日本", "中国", "Привет world", "Пока world", "", "🎉")]
    assert len(set(slugs)) == len(slugs)
    assert slugs[0] == text.slug("日本") == "x-cf2abf0c"
    assert slugs[2].startswith("world-")


@given(ANY, st.integers(1, 80))
def test_slug_is_always_a_slug(given_text: str, limit: int) -> None:
    slug = text.slug(given_text, limit)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= limit


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("Plain words, twice: WORDS", ["plain", "words", "twice", "words"]),
        ("snake_case and 42nd", ["snake", "case", "and", "42nd"]),
        ("Ünïcode हिन्दी café", ["ünïcode", "हिन्दी", "café"]),
        ("…", []),
    ],
)
def test_words(given_text: str, wanted: list[str]) -> None:
    assert text.words(given_text) == wanted


def test_excerpt_leaves_a_short_text_whole_on_one_line() -> None:
    assert text.excerpt("Short\n\n  and sweet.") == "Short and sweet."


@pytest.mark.parametrize(
    ("given_text", "limit", "wanted"),
    [
        ("One sentence here. Another one follows it.", 24, "One sentence here. …"),
        ("No sentence ends in here, only words follow", 28, "No sentence ends in here…"),
        ("unbreakable" * 5, 12, "unbreakable…"),
        ("e\u0301" * 20, 8, "e\u0301" * 3 + "…"),
    ],
)
def test_excerpt_ends_at_a_sentence_or_a_word(given_text: str, limit: int, wanted: str) -> None:
    assert text.excerpt(given_text, limit) == wanted


@given(ANY, st.integers(1, 60))
def test_excerpt_keeps_its_limit(given_text: str, limit: int) -> None:
    assert len(text.excerpt(given_text, limit)) <= limit


# --- HTML ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<p>Hi<script>alert(1)</script></p>", "<p>Hi</p>"),
        ('<p onclick="x()">Hi</p>', "<p>Hi</p>"),
        ("<style>p{}</style><iframe src=//e.org>f</iframe>Hi", "Hi"),
        ('<a href="javascript:x()">Hi</a>', '<a rel="noopener noreferrer">Hi</a>'),
        ('<a href="java\nscript:x()">Hi</a>', '<a rel="noopener noreferrer">Hi</a>'),
        ('<img src="data:image/svg+xml,x" alt="z">', '<img alt="z">'),
        ("1 < 2 &amp; 3 &lt; 4&nbsp;", "1 &lt; 2 &amp; 3 &lt; 4&nbsp;"),
        ("<b>unclosed", "<b>unclosed</b>"),
        ("", ""),
    ],
)
def test_sanitise_leaves_nothing_that_acts(html: str, wanted: str) -> None:
    assert text.sanitise(html) == wanted
    assert text.is_harmless(wanted)


@pytest.mark.parametrize(
    "html",
    [
        "<p onclick=x>", "<p/onclick=x>", "<p ONCLICK='x'>", '<p title="a" onclick="x">', '<p title="a"onclick="x">', '<p style="x">',
        "<SCRIPT>", "<svg>", "<p", "<", "</script>", "<!-- x -->", "<![CDATA[x]]>", "<?x?>", '<a href="java&#115;cript:x">',
        '<a href="java&Tab;script:x">', '<img src="mailto:x">', '<p href="https://e.org/">', '<p rel="x">', '<iframe src="https://e.org/">',
    ],
)  # fmt: skip
def test_what_is_not_harmless_is_seen(html: str) -> None:
    assert not text.is_harmless(html)
    assert not text.is_harmless(f"<p>Before</p>{html}")


@given(st.one_of(ANY, MARKUP), st.sampled_from(["", "https://e.org/a/"]))
def test_what_sanitise_wrote_is_harmless(html: str, base: str) -> None:
    assert text.is_harmless(text.sanitise(html, base))


@given(MARKUP)
def test_what_is_taken_for_harmless_holds_nothing_that_acts(html: str) -> None:
    assert not text.is_harmless(html) or unsafe(html) == []


@pytest.mark.parametrize(
    ("href", "wanted"),
    [
        ("/a", "https://site.org/a"),
        ("b", "https://site.org/blog/b"),
        ("https://e.org/x?a=1&amp;b=2", "https://e.org/x?a=1&amp;b=2"),
        ("mailto:me@e.org", "mailto:me@e.org"),
    ],
)
def test_sanitise_makes_links_absolute(href: str, wanted: str) -> None:
    assert f'href="{wanted}"' in text.sanitise(f'<a href="{href}">x</a>', "https://site.org/blog/")


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<b>",
                "</div>",
                "<svg>",
                "<a href='x:",
                "'>",
                "<table>",
                "<td>",
                "&",
                "\xa0",
                "&#xfdd0;",
                "<!--",
                "-->",
                "<script>",
                "</script>",
                "x",
            ]
        )
    ).map("".join)
)
def test_sanitised_html_is_balanced_and_harmless(html: str) -> None:
    safe = text.sanitise(html)
    check = Check()
    check.feed(safe)
    assert check.balanced
    assert not check.stack
    assert "<script" not in safe
    assert "<svg" not in safe
    assert "\ufdd0" not in safe


def test_links_are_in_order_each_once_and_lead_somewhere() -> None:
    html = '<a href="/b">1</a><a href="https://e.org/?a=1&amp;b">2</a><a href="/b">3</a><a href="#top">4</a><a>5</a><a href="mailto:x@e.org">6</a>'
    assert text.links(html) == ("/b", "https://e.org/?a=1&b")


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<h2>Title</h2><p>One  <em>two</em>\n three</p>", "<b>Title</b>\n\nOne <i>two</i> three"),
        ("<p>a<br>b<br><br>c</p>", "a\nb\n\nc"),
        ("<ul><li>a</li><li><p>b</p><ul><li>c</li></ul></li></ul>", "• a\n• b\n  • c"),
        ("<ol start=9><li>a<li>b</ol>", "9. a\n10. b"),
        ("<p>x</p><ul><li>a</li></ul><p>y</p>", "x\n\n• a\n\ny"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", "<b>A</b> | <b>B</b>\n1 | 2"),
        ("<blockquote><p>a</p><blockquote>b</blockquote></blockquote>c", "<blockquote>a\n\nb</blockquote>\n\nc"),
        ("<pre>\n a\n  b\n</pre>", "<pre> a\n  b</pre>"),
        ('<pre><code class="hl language-py">x &lt; 1\n</code></pre>', '<pre><code class="language-py">x &lt; 1</code></pre>'),
        ("<code>a <b>b</b></code>", "<code>a b</code>"),
        ("<b>a <strong>b</strong></b> <b> </b>", "<b>a b</b>"),
        ('<a href="https://e.org/?a&amp;b">x</a> <a href="/rel">y</a> <a href="javascript:z">z</a>', '<a href="https://e.org/?a&amp;b">x</a> y z'),
        ('<p>see <img src="x.png" alt="no"> this</p>', "see this"),
        ("<p>wo<b>rd</b>s</p>", "wo<b>rd</b>s"),
        ("<q>said</q>", "“said”"),
        ("a &amp; b < c", "a &amp; b &lt; c"),
    ],
)  # fmt: skip
def test_telegram_html(html: str, wanted: str) -> None:
    assert text.telegram_html(html) == wanted


def test_plain_separates_blocks_by_blank_lines() -> None:
    html = "<h1>Title &amp; more</h1><div><p>One</p><p>Two <a href='https://e.org'>link</a></p></div><style>x</style>"
    assert text.plain(html) == "Title & more\n\nOne\n\nTwo link"


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<b>",
                "</b>",
                "<li>",
                "<ul>",
                "</ul>",
                "<pre>",
                "<code>",
                "<a href='https://e.org/\"'>",
                "</a>",
                "<td>",
                "&lt;",
                "\ud800",
                "x ",
                " y",
            ]
        )
    ).map("".join)
)
def test_telegram_html_of_any_html_is_well_formed(html: str) -> None:  # fmt: skip
    assert well_formed(text.telegram_html(html))


BOMBS = {
    "nested": "<div>" * 100_000 + "x",
    "nested formatting": "<b>" * 300_000 + "x",
    "nested with stray ends": "<span>" * 100_000 + "</p>" * 100_000,
    "formatting to repeat": "<p>" + "".join(f"<b id={n}>" for n in range(200)) + "<p>x" * 20_000,
    "lists": "<ul><li>" * 50_000 + "x",
    "ampersands": "&a" * 1_000_000,
    "brackets": "<" * 500_000,
    "open tags": "<a " * 300_000,
    "open quotes": '<a href="x" ' * 100_000,
    "marks": "a" + "\u0300\u0327" * 200_000,
    "one attribute": f'<img src="data:{"A" * 50_000_000}">after',
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize(
    "function", [text.sanitise, text.telegram_html, text.links, text.cut, text.clean, text.slug, text.words]
)
def test_a_bomb_is_read_in_time(function: Callable[[str], object], bomb: str) -> None:  # fmt: skip
    started = time.process_time()
    function(BOMBS[bomb])
    assert time.process_time() - started < 10, "quadratic time takes minutes here; linear time about a second"


def test_a_long_article_is_read_whole() -> None:
    html = "<p>wörd &amp; more 🎉</p>" * 5000
    assert text.plain(html) == "\n\n".join(["wörd & more 🎉"] * 5000)
    assert text.sanitise(html) == html


def test_what_is_nested_too_deeply_keeps_its_text() -> None:
    html = "".join(f"<div>word{n} " for n in range(3000))
    assert text.words(text.plain(html)) == [f"word{n}" for n in range(3000)]
    assert text.sanitise(html).count("word") == 3000


# --- Offsets and addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("1d", Offset(days=1)),
        ("2h", Offset(minutes=120)),
        ("15m", Offset(minutes=15)),
        ("1d 12h", Offset(days=1, minutes=720)),
        ("1D12H", Offset(days=1, minutes=720)),
        ("90 min", Offset(minutes=90)),
        ("2 days", Offset(days=2)),
        ("a week before", Offset(days=7)),
        ("1 day and 2 hours", Offset(days=1, minutes=120)),
        ("1 hour, 30 minutes", Offset(minutes=90)),
        ("24h", Offset(minutes=1440)),
        ("30d", Offset(days=30)),
    ],
)
def test_parse_offset(given_text: str, wanted: Offset) -> None:
    assert text.parse_offset(given_text) == wanted


@given(st.integers(0, 29), st.integers(0, 1439))
def test_an_offset_is_read_as_it_is_written(days: int, minutes: int) -> None:
    offset = Offset(days=days, minutes=max(minutes, 1))
    assert text.parse_offset(str(offset)) == offset


@pytest.mark.parametrize(
    "wrong", ["", "0m", "31d", "30d 1m", "soon", "1", "d", "1d 1d", "-1d", "1.5h", "1dd", "9" * 50 + "d", "1d " * 500]
)
def test_a_wrong_offset_is_answered_with_advice(wrong: str) -> None:  # fmt: skip
    with pytest.raises(ValueError, match="1d, 2h, 15m"):
        text.parse_offset(wrong)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.Example.org/a/b.html?utm_source=x&utm_medium=y#part", "http://example.org/a/b/"),
        ("https://example.org/a/index.html", "https://example.org/a"),
        ("https://example.org", "http://www.example.org/index.php"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org/caf%C3%A9", "https://example.org/café"),
        ("//example.org/a", "https://example.org/a"),
        ("/2024/07/a-post/", "2024/07/a-post.html"),
        ("a-post", "/a-post"),
        ("https://example.org/?p=12&fbclid=z", "https://example.org/?p=12"),
        ("https://www.München.example/a", "https://www.xn--mnchen-3ya.example/a"),
        ("https://straße.example:8080/a", "https://xn--strae-oqa.example:8080/a"),
        ("https://café.example/", "https://cafe\u0301.example"),
        ("https://xn--\u00e9.example", "https://xn--\u00c9.example"),
    ],
)
def test_two_spellings_of_one_address_are_equal(one: str, other: str) -> None:
    assert text.address_key(one) == text.address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/?p=1", "https://example.org/?p=2"),
        ("https://example.org/a", "https://example.com/a"),
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org:8080/a", "https://example.org/a"),
    ],
)
def test_different_addresses_stay_apart(one: str, other: str) -> None:
    assert text.address_key(one) != text.address_key(other)


@given(ANY)
def test_any_text_has_an_address_key(given_text: str) -> None:
    assert text.address_key(given_text) == text.address_key(given_text)
    text.address_key(f"http://[{given_text}")
