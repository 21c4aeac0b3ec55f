"""Posts as no editor writes them, for hypothesis: every code point, broken markup, addresses that are none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from blogbot import text
from blogbot.model import Post, Site, Tag

# Every code point there is, lone surrogates and controls too, among pieces that break careless writers.
CHARACTERS = st.text(st.characters(), max_size=40)
PIECES = st.sampled_from(
    ["]]>", "<![CDATA[", "<!--", "-->", "<?xml?>", "&", "&#0;", "&#x1F;", "&nbsp;", "\x00", "\x0b", "\ud800", "\ufffe", "\r\n", "\u2028", "🧭",
     "👩\u200d👩\u200d👧", "\u202e", "مرحبا", "<script>alert(1)</script>", "<p>", "</p>", '<a href="/x">', "</a>", "<textarea>", '"', "'", "%s", "{}",
     "</content>", "</description>", "x" * 5000]
)  # fmt: skip
WILD = st.lists(st.one_of(CHARACTERS, PIECES), max_size=6).map("".join)
ADDRESSES = st.one_of(
    WILD,
    WILD.map("https://example.org/".__add__),
    WILD.map("https://example.org/{}.jpg".format),
    st.sampled_from(
        ["", "javascript:alert(1)", "//example.org", "http://[", "https://bücher.example/ü?q=a b#c", "http://a:b@c:d/",
         "data:image/svg+xml,<svg onload=alert(1)>", "https://example.org/a.png", "vbscript:x", "/a.gif"]
    ),
)  # fmt: skip
INSTANTS = st.integers(-(2**31), 2**33).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)

_NAMES = st.sampled_from(["p", "div", "a", "img", "script", "style", "iframe", "svg", "math", "form", "input", "object", "embed", "base", "meta", "link", "b", "table", "td", "noscript", "template", "textarea", "title", "video", "ul", "li", "h2", "SCRIPT", "xmp", "plaintext"])  # fmt: skip
_ATTRIBUTES = st.sampled_from(
    ['onclick="alert(1)"', "onerror=alert(1)", "OnLoad='alert(1)'", 'style="background:url(javascript:x)"', 'href="javascript:alert(1)"',
     'href="JaVa&#x09;Script:alert(1)"', "href=' &#1;javascript:alert(1)'", 'href="data:text/html,<script>x</script>"', 'href="/about"',
     'href="//evil.example/x"', 'href="?q=1&copy=2"', 'src="data:image/svg+xml,x"', 'src="pic.png"', 'src="x" srcset="javascript:x 2x"',
     'href="https://example.org/ü?a=b&c"', 'href="mailto:a@example.org"', 'id="x"', 'target="_blank"', 'formaction="javascript:x"', 'xlink:href="x"',
     'href="', "title=\"a>b'\"", "<", "=", '""']
)  # fmt: skip
_TAGS = st.one_of(
    st.builds("<{} {}>".format, _NAMES, st.lists(_ATTRIBUTES, max_size=3).map(" ".join)),
    st.builds("</{}>".format, _NAMES),
    st.sampled_from(["<", "<!--", "-->", "<!-->", "<![CDATA[", "]]>", "<!DOCTYPE html>", "<?php x ?>", "</", "<p", "<a href='"]),
)  # fmt: skip
MARKUP = st.lists(st.one_of(_TAGS, _TAGS, WILD), max_size=12).map("".join)
"""HTML as nobody should write it: nested wrongly, never closed, with everything in it that could run."""

POSTS = st.builds(
    Post,
    id=st.integers(1, 5),
    key=WILD,
    slug=WILD,
    url=ADDRESSES,
    title=WILD,
    summary=WILD,
    html=st.one_of(WILD, MARKUP).map(text.sanitise),
    authors=st.lists(WILD, max_size=2).map(tuple),
    tags=st.lists(st.builds(Tag, WILD, WILD), max_size=2).map(tuple),
    suggested=st.just(()),
    published=INSTANTS,
    updated=INSTANTS,
    revision=st.just(1),
    language=st.one_of(WILD, st.sampled_from(["ar", "pt-BR", "x", "zh_Hans"])),
    image=ADDRESSES,
)
SITES = st.builds(Site, title=WILD, url=ADDRESSES, public_url=ADDRESSES, language=WILD)
