"""What becomes of an article's own HTML on a page of ours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest

from blogbot.web.article import body
from tests.content import event, post
from tests.visitor import SITE, Open, TakeIn, page
from tests.visitor import take_in as take_in
from tests.visitor import web as web


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<h1>a</h1><h3>b</h3><h2>c</h2><h1>d</h1>", "h2 h3 h3 h2"),
        ("<h4>a</h4><h4>b</h4><h2>c</h2><h6>d</h6>", "h2 h2 h2 h3"),
        ("".join(f"<h{n}>x</h{n}>" for n in range(1, 7)), "h2 h3 h4 h5 h6 h6"),
        ("<main><header>a</header><nav>b</nav><aside>c</aside><footer>d</footer></main>", "div div div div div"),
        ("<article><section>a</section></article>", "article section"),
    ],
)
def test_an_article_goes_on_from_the_pages_heading(html: str, shown: str) -> None:
    assert " ".join(re.findall(r"<([a-z0-9]+)", body(html, secure=True))) == shown


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<code class="button language-python x">a</code>', '<code class="language-python">a</code>'),
        ('<code class="card">a</code>', "<code>a</code>"),
        ("<pre>a  b</pre>", '<pre tabindex="0">a  b</pre>'),
        ('<img src="https://a.example/i.png">', '<img alt="" src="https://a.example/i.png">'),
        ('<img alt="I" src="http://a.example/i.png">', '<img alt="I" src="https://a.example/i.png">'),
        ('<img alt="I" src="/http:i.png">', '<img alt="I" src="/http:i.png">'),
        ('<p title="&quot;">1 &lt; 2 &amp;amp;<br>é</p>', '<p title="&quot;">1 &lt; 2 &amp;amp;<br>é</p>'),
        ('<td headers="a">x', "x"),
    ],
)
def test_what_would_break_the_page_or_keep_somebody_out_is_mended(html: str, shown: str) -> None:
    assert str(body(html, secure=True)) == shown


async def test_pictures_are_asked_for_as_the_page_is(web: Open, take_in: TakeIn) -> None:
    picture = '<h1>Two</h1><img src="http://pictures.example/a.png" alt="A">'
    await take_in(a=post("a", html=picture), b=event("e", datetime(2026, 3, 10, 10), html=picture))
    for address, scheme in (("https://bot.example", "https"), ("http://127.0.0.1:8080", "http"), ("", "http")):
        for path in ("/posts/a", "/events/1"):
            response = await web(site=replace(SITE, public_url=address))(path)
            page(response)
            assert f'src="{scheme}://pictures.example/a.png"' in response.text
            assert scheme in response.headers["content-security-policy"]
