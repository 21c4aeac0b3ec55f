"""Telegram's HTML becomes the text and entities that Telegram would make of it, or is refused as it would be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blogbot.sandbox.entities import Entity, Ruler, clean, detect, finish, utf16_length
from blogbot.sandbox.markup import MAX_AHEAD, MarkupError, checked_url, parse_html

NOW = 1_800_000_000


def entity(kind: str, offset: int, length: int, **more: object) -> Entity:
    return {"type": kind, "offset": offset, "length": length, **more}


def read(html: str) -> tuple[str, list[Entity]]:
    return tuple(finish(*parse_html(html, NOW)))  # type: ignore[return-value]


SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}


@pytest.mark.parametrize(("tag", "kind"), SIMPLE.items())
def test_a_tag_marks_its_text(tag: str, kind: str) -> None:
    assert read(f"a <{tag}>word</{tag}>.") == ("a word.", [entity(kind, 2, 4)])


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<B>x</B>", "x", [entity("bold", 0, 1)]),
        ("<b>x</>", "x", [entity("bold", 0, 1)]),
        ("<b >x</b >", "x", [entity("bold", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [entity("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
        ('<blockquote expandable="">x</blockquote>', "x", [entity("expandable_blockquote", 0, 1)]),
        ('<a href="https://a.org/?x=1&amp;y=2">x</a>', "x", [entity("text_link", 0, 1, url="https://a.org/?x=1&y=2")]),
        ("<a href='https://a.org'>x</a>", "x", [entity("text_link", 0, 1, url="https://a.org/")]),
        ("<a href=a.org>x</a>", "x", [entity("text_link", 0, 1, url="http://a.org/")]),
        ("<a>https://a.org/b</a>", "https://a.org/b", [entity("text_link", 0, 15, url="https://a.org/b")]),
        ('<a href="javascript:alert(1)">x</a>', "x", []),
        ('<a href="">x</a>', "x", []),
        (
            '<a href="tg://user?id=42">x</a>',
            "x",
            [entity("text_mention", 0, 1, user={"id": 42, "is_bot": False, "first_name": "User 42"})],
        ),
        ("<pre>a\nb</pre>", "a\nb", [entity("pre", 0, 3)]),
        ('<pre><code class="language-python">x</code></pre>', "x", [entity("pre", 0, 1, language="python")]),
        ('<code class="language-python"><pre>x</pre></code>', "x", [entity("pre", 0, 1, language="python")]),
        ('<code class="language-python">x</code>', "x", [entity("code", 0, 1)]),
        ('<pre>a<code class="language-c">x</code></pre>', "ax", [entity("pre", 0, 2)]),
        ('<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>', "👍", [entity("custom_emoji", 0, 2, custom_emoji_id="5368324170671202286")]),
        ('<tg-time unix="1800000000" format="wDT">then</tg-time>', "then", [entity("date_time", 0, 4, unix_time=NOW, date_time_format="wDT")]),
        ('<tg-time unix="0">then</tg-time>', "then", [entity("date_time", 0, 4, unix_time=0)]),
        ("&lt;b&gt; &amp; &quot; &#33; &#x21; &#128512;", '<b> & " ! ! 😀', []),
        ("&lt3 &ltd; &nbsp; &copy; & &#0; &#55296; &#1114112;", "<3 &ltd; &nbsp; &copy; & &#0; &#55296; &#1114112;", []),
        ("&amp;lt;", "&lt;", []),
        ("😀<b>b</b>😀<i>i</i>", "😀b😀i", [entity("bold", 2, 1), entity("italic", 5, 1)]),
        ("<b>a<i>b</i>c</b>", "abc", [entity("bold", 0, 3), entity("italic", 1, 1)]),
        ("<b><i>x</i></b>", "x", [entity("bold", 0, 1), entity("italic", 0, 1)]),
        ("<b></b>x", "x", []),
        ("<b> </b>x", "x", []),
        ("  \n x \n ", "x", []),
        ("  <b>x</b>  ", "x", [entity("bold", 0, 1)]),
        ("<b> x </b> ", " x", [entity("bold", 0, 2)]),
        ("a<b>b </b>c", "ab c", [entity("bold", 1, 1)]),
        ("<b>x\n\n</b>", "x", [entity("bold", 0, 1)]),
        ("<code>a<b>b</b></code>", "ab", [entity("code", 0, 2)]),
        ("<b>a<code>b</code></b>", "ab", [entity("bold", 0, 2)]),
        ("<blockquote>a<code>b</code></blockquote>", "ab", [entity("blockquote", 0, 2), entity("code", 1, 1)]),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "ab", [entity("blockquote", 0, 2)]),
        ("<blockquote>a<blockquote expandable>b</blockquote></blockquote>", "ab", [entity("blockquote", 0, 2)]),
        ("<b>a<b>b</b></b>", "ab", [entity("bold", 0, 2)]),
        ("a\r\nb\tc\x01d\u2028e", "a\nb c de", []),
        ("<b>\r\u202ea</b>b", "ab", [entity("bold", 0, 1)]),
        ("<b>see https://a.org/x</b>", "see https://a.org/x", [entity("bold", 0, 19), entity("url", 4, 15)]),
        ("<code>/start https://a.org</code>", "/start https://a.org", [entity("code", 0, 20)]),
        ('<a href="https://a.org/">b.org</a>', "b.org", [entity("text_link", 0, 5, url="https://a.org/")]),
    ],
)  # fmt: skip
def test_html_is_read_as_telegram_reads_it(html: str, text: str, entities: list[Entity]) -> None:
    assert read(html) == (text, entities)


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("é😀<br/>", 'Unsupported start tag "br/" at byte offset 6'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<script>x</script>", 'Unsupported start tag "script" at byte offset 0'),
        ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
        ("<b><i>x</i>", "Can't find end tag corresponding to start tag \"b\""),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b x", 'Unclosed start tag "b" at byte offset 0'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b>x</b y>", "Unclosed end tag at byte offset 4"),
        ('<a href="https://a.org>x</a>', "Unclosed start tag at byte offset 0"),
        ("<a href=https://a.org>x</a>", "Unexpected end of name token at byte offset 8"),
        ("<a href=a", 'Unclosed start tag "a" at byte offset 0'),
        ('<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified"),
        ("<tg-time>x</tg-time>", 'Tag "tg-time" must have a valid attribute "unix" at byte offset 0'),
        ('<tg-time unix="-1">x</tg-time>', 'Tag "tg-time" must have a valid attribute "unix" at byte offset 0'),
        ('<tg-time unix="²">x</tg-time>', 'Tag "tg-time" must have a valid attribute "unix" at byte offset 0'),
        (f'<tg-time unix="{NOW + MAX_AHEAD + 1}">x</tg-time>', 'Tag "tg-time" must have a valid attribute "unix" at byte offset 0'),
        ('<tg-time unix="1" format="Dw">x</tg-time>', 'Tag "tg-time" has an invalid attribute "format" at byte offset 0'),
        ('<tg-time unix="1" format="rt">x</tg-time>', 'Tag "tg-time" has an invalid attribute "format" at byte offset 0'),
    ],
)  # fmt: skip
def test_wrong_html_is_refused_with_its_place(html: str, reason: str) -> None:
    with pytest.raises(MarkupError) as caught:
        parse_html(html, NOW)
    assert str(caught.value) == reason


@pytest.mark.parametrize("form", ["", "r", "w", "d", "D", "t", "T", "wd", "wD", "wt", "wT", "dt", "wDT", "wdt", "DT"])
def test_every_form_of_a_time_is_taken(form: str) -> None:
    _, entities = read(f'<tg-time unix="{NOW + MAX_AHEAD}" format="{form}">x</tg-time>')
    assert entities[0].get("date_time_format", "") == form


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start", [("bot_command", "/start")]),
        ("/start@some_bot payload", [("bot_command", "/start@some_bot")]),
        ("x /latest, /tag", [("bot_command", "/latest"), ("bot_command", "/tag")]),
        ("a/b /c/d 1/2 </i>", []),
        ("hello @alex_1", [("mention", "@alex_1")]),
        ("#news #2024 #a1", [("hashtag", "#news"), ("hashtag", "#a1")]),
        ("mail me@example.org now", [("email", "me@example.org")]),
        ("(https://example.org/a?b=c#d).", [("url", "https://example.org/a?b=c#d")]),
        ("see example.org/x, or e.g. this", [("url", "example.org/x")]),
        ("version 1.2.3 and file.txt", []),
        ("😀 /next", [("bot_command", "/next")]),
    ],
)
def test_plain_text_shows_its_commands_and_addresses(text: str, found: list[tuple[str, str]]) -> None:
    ruler = Ruler(text)
    seen = [(e["type"], ruler.part(e["offset"], e["offset"] + e["length"])) for e in detect(text)]
    assert seen == found


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.org", "https://a.org/"),
        ("HTTPS://A.org/B", "HTTPS://A.org/B"),
        ("a.org/b", "http://a.org/b"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("http://localhost:8000/x", "http://localhost:8000/x"),
        ("http://host/x", ""),
        ("https://", ""),
        ("ftp//x", ""),
        ("data:text/html,x", ""),
        ("a b.org", ""),
        ("", ""),
    ],
)
def test_addresses_are_kept_as_telegram_keeps_them(url: str, kept: str) -> None:
    assert checked_url(url) == kept


PIECES = st.sampled_from(
    ["<b>", "</b>", "<i>", "</i>", "<a href='x.org'>", "</a>", "<pre>", "</pre>", "<code class='language-c'>", "</code>",
     "<blockquote expandable>", "</blockquote>", "<tg-time unix=1>", "</tg-time>", "</>", "&lt;", "&#", "&#x1F600;", "<",
     ">", "&", " ", "\n", "😀", "\u202e", "\r", "/go", "@you", "#tag", "x.org", "word"]
)  # fmt: skip
HTML = st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join)


@given(HTML)
def test_any_html_is_read_or_refused_and_its_entities_fit(html: str) -> None:
    try:
        text, entities = read(html)
    except MarkupError:
        return
    assert text == text.rstrip(" \n")
    ends: list[int] = []
    previous = 0
    for each in entities:
        begin, end = each["offset"], each["offset"] + each["length"]
        assert 0 <= previous <= begin < end <= utf16_length(text)
        while ends and ends[-1] <= begin:
            ends.pop()
        assert not ends or end <= ends[-1], "entities nest, they never cross"
        ends.append(end)
        previous = begin


@given(st.text(max_size=200))
def test_escaped_text_is_the_plain_text(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert read(escaped) == tuple(finish(clean(text), []))


@given(st.text(max_size=100), st.integers(0, 100))
def test_a_ruler_knows_every_place(text: str, place: int) -> None:
    index = min(place, len(text))
    ruler = Ruler(text)
    assert ruler.offset(index) == utf16_length(text[:index])
    assert ruler.index(ruler.offset(index)) == index
