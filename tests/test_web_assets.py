"""Style sheets and icons of the pages, which browsers keep for good."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.store import Store
from blogbot.web.assets import Assets
from tests.visitor import Open, allowed, browser

FOR_GOOD = "public, max-age=31536000, immutable"


@pytest.fixture
def web(sqlite_store: Store, clock: MovableClock, tmp_path: Path) -> Open:
    return partial(browser, Blog(sqlite_store, clock), tmp_path / "feeds")


async def test_what_a_page_names_is_kept_for_good_and_compressed(web: Open) -> None:
    ask = web()
    named = re.findall(r'"(/static/[^"]+)"', (await ask("/")).text)
    assert {re.sub(r"\.[0-9a-f]{12}\.", ".", path) for path in named} >= {"/static/site.css", "/static/icon.svg"}
    for path in named:
        response = await ask(path, headers={"Accept-Encoding": "br"})
        assert (response.status_code, response.headers["cache-control"]) == (200, FOR_GOOD)
        assert response.headers["x-content-type-options"] == "nosniff"
        kept = {"Accept-Encoding": "br", "If-None-Match": response.headers["etag"]}
        assert (await ask(path, headers=kept)).status_code == 304
    style = next(path for path in named if path.endswith(".css"))
    sheet = await ask(style, headers={"Accept-Encoding": "gzip"})
    assert (sheet.headers["content-type"], sheet.headers["content-encoding"]) == ("text/css; charset=utf-8", "gzip")
    assert allowed(await ask(style, "POST")) == {"GET", "HEAD"}


@pytest.mark.parametrize("path", ["site.css", "site.000000000000.css"])
async def test_a_page_of_another_version_finds_the_style_sheet_but_not_for_good(web: Open, path: str) -> None:
    response = await web()(f"/static/{path}")
    assert response.status_code == 200
    assert "immutable" not in response.headers["cache-control"]


@pytest.mark.parametrize("path", ["", "none.css", "none.000000000000.css", "../view.py", "%2e%2e/view.py", "site.css/"])
async def test_nothing_else_is_an_asset(web: Open, path: str) -> None:
    assert (await web()(f"/static/{path}")).status_code == 404


async def test_scripts_come_without_what_only_their_readers_need(web: Open) -> None:
    script = (await web()("/boxes.js")).text
    assert len(script.encode()) < 4_000
    assert "//" not in script
    assert '"tags|tags assigned to this article"' in script
    assert "`, ${found.location}`" in script


def test_another_content_has_another_name(tmp_path: Path) -> None:
    names = set()
    for content in ("a {}", "b {}", "a {}"):
        (tmp_path / "site.css").write_text(content)
        names.add(Assets(tmp_path).name("site.css"))
    assert len(names) == 2
