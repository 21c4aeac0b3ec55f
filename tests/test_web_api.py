"""What pages of the organisation's own site ask: the answers, how long they keep, and what is said where there is none."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.intake import Intake
from blogbot.model import Origin, Site
from blogbot.store import Store
from tests.content import MONDAY, event, post
from tests.visitor import SITE, Ask, Open, TakeIn
from tests.visitor import take_in as take_in
from tests.visitor import web as web

ARTICLE = "https://blog.example/2026/gardens"


@pytest.fixture
async def ask(web: Open, take_in: TakeIn, clock: MovableClock) -> Ask:
    clock.move_to(MONDAY)
    text = "<p>Allotments, compost and beans: gardens feed a town through the winter.</p>"
    await take_in(
        gardens=post("gardens", "Gardens <b>", url=ARTICLE, tags=("Garden life",), html=text),
        beans=post("beans", "Beans", html=text, tags=("Garden life",), published=MONDAY - timedelta(days=1)),
        bread=post("bread", "Bread", html=text.replace("Allotments", "Ovens"), published=MONDAY - timedelta(days=2)),
        meeting=event("meeting", datetime(2026, 3, 2, 10), location="Town hall"),
    )
    return web()


async def answers(ask: Ask, path: str, status: int = 200) -> Any:
    response = await ask(path)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["access-control-allow-origin"] == "*"
    return response.json()


@pytest.mark.parametrize(
    "url",
    [
        "gardens",
        ARTICLE,
        "http://www.blog.example/2026/gardens/?utm_source=x#top",
        "https://bot.example/posts/gardens",
        "https://bot.example/posts/gardens?x=1&y",
    ],
)
async def test_an_article_is_known_by_its_address_in_any_spelling(ask: Ask, url: str) -> None:
    found = await answers(ask, f"/api/related?url={quote(url, safe='')}")
    assert {each["slug"] for each in found} == {"beans", "bread"}
    assert list(found[0]) == ["slug", "url", "title", "published", "tags", "score", "origin"]
    assert {each["url"] for each in found} == {"https://bot.example/posts/beans", "https://bot.example/posts/bread"}


async def test_tags_are_the_editors_and_lead_to_their_page(ask: Ask) -> None:
    assert await answers(ask, f"/api/tags?url={ARTICLE}") == [
        {
            "slug": "garden-life",
            "name": "Garden life",
            "posts": 2,
            "url": "https://bot.example/tags/garden-life",
            "suggested": False,
        }
    ]


async def test_tags_found_in_the_text_say_so_and_lead_only_where_there_is_a_page(ask: Ask) -> None:
    found = await answers(ask, "/api/tags?url=bread")
    assert found
    assert all(each["suggested"] and bool(each["url"]) == bool(each["posts"]) for each in found)


async def test_the_newest_come_first_and_as_many_as_are_asked_for(ask: Ask) -> None:
    assert [each["slug"] for each in await answers(ask, "/api/latest")] == ["gardens", "beans", "bread"]
    first = await answers(ask, "/api/latest?limit=1")
    assert [list(each) for each in first] == [["slug", "url", "title", "published", "tags"]]
    assert (first[0]["url"], first[0]["title"]) == (ARTICLE, "Gardens <b>")


async def test_the_next_event_is_said_until_it_is_over(ask: Ask, clock: MovableClock) -> None:
    found = await answers(ask, "/api/next")
    assert (found["uid"], found["starts"], found["location"]) == ("meeting", "2026-03-02T10:00:00+00:00", "Town hall")
    assert found["url"] == "https://bot.example/events/1"
    clock.move_to(MONDAY + timedelta(hours=2))
    assert await answers(ask, "/api/next") is None


@pytest.mark.parametrize(
    ("left", "fresh", "revalidated", "excused"),
    [(172_800, 300, 3_600, 86_400), (2_700, 300, 2_100, 2_100), (601, 300, 1, 1), (300, 300, 0, 0), (60, 60, 0, 0)],
)
async def test_no_cache_shows_an_event_that_is_over(
    web: Open, ask: Ask, clock: MovableClock, left: int, fresh: int, revalidated: int, excused: int
) -> None:
    again, ends = web(standing=lambda: 1), MONDAY + timedelta(hours=2)
    clock.move_to(ends - timedelta(seconds=left))
    said = (await again("/api/next")).headers["cache-control"]
    assert said == f"public, max-age={fresh}, stale-while-revalidate={revalidated}, stale-if-error={excused}"
    # The answer that is kept here says the same a little later, when less is left.
    clock.move(timedelta(seconds=min(left, 300) - 1))
    first, *later = (
        int(each.partition("=")[2]) for each in (await again("/api/next")).headers["cache-control"].split(", ")[1:]
    )
    assert clock.now() + timedelta(seconds=first + max(later)) <= ends


async def test_links_can_be_followed_also_where_no_public_address_is_set(web: Open, ask: Ask) -> None:
    found = await answers(web(site=Site("Ours")), "/api/latest?limit=2")
    assert [each["url"] for each in found] == [ARTICLE, "../posts/beans"]


async def test_an_address_that_no_browser_may_follow_gives_way_to_our_page(ask: Ask, take_in: TakeIn) -> None:
    await take_in(
        odd=post("odd", url="javascript:alert(1)"), talk=event("talk", datetime(2026, 3, 2, 9), url="mailto:a")
    )
    assert "https://bot.example/posts/odd" in [each["url"] for each in await answers(ask, "/api/latest")]
    assert (await answers(ask, "/api/next"))["url"] == "https://bot.example/events/2"


@pytest.mark.parametrize("path", ["related?url=gardens", "tags?url=gardens", "latest", "next", "openapi.json"])
async def test_what_a_browser_has_is_not_sent_again(ask: Ask, path: str) -> None:
    first = await ask(f"/api/{path}")
    assert "stale-while-revalidate" in first.headers["cache-control"]
    again = await ask(f"/api/{path}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["access-control-allow-origin"]) == (304, b"", "*")
    head = await ask(f"/api/{path}", "HEAD")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", first.headers["etag"])


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("related", 400, "url is missing"),
        ("tags?url=", 400, "url is missing"),
        ("related?url=%00", 400, "no address"),
        (f"related?url={'a' * 5000}", 400, "no address"),
        ("related?url=https%3A%2F%2Fblog.example%2Fnone", 404, "https://blog.example/none"),
        ("tags?url=none", 404, "No article"),
        ("related?url=gardens&limit=0", 400, "limit"),
        ("related?url=gardens&limit=21", 400, "limit"),
        ("latest?limit=51", 400, "limit"),
        ("latest?limit=%C2%B2", 400, "limit"),
        ("latest?limit=" + "9" * 5000, 400, "limit"),
        ("nothing", 404, "Nothing"),
        ("", 404, "Nothing"),
    ],
)
async def test_an_error_says_what_is_wrong_and_what_to_do(ask: Ask, path: str, status: int, said: str) -> None:
    found = await answers(ask, f"/api/{path}", status)
    assert said in found["error"]
    assert found["advice"]
    checked({"$ref": "#/components/schemas/Error"}, await answers(ask, "/api/openapi.json")).validate(found)


async def test_a_page_may_ask_beforehand_but_change_nothing(ask: Ask) -> None:
    response = await ask("/api/related", "OPTIONS", headers={"Origin": "https://a.example"})
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (204, "*")
    assert response.headers["access-control-allow-methods"] == "GET, HEAD"
    refused = await ask("/api/latest", "POST")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert refused.json()["advice"] == "Ask with GET."


async def test_a_failure_of_ours_can_be_read_by_the_page(web: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(Blog, "latest", broken)
    found = await answers(web(), "/api/latest", 500)
    assert "secret" not in json.dumps(found)


@pytest.mark.parametrize("path", ["related", "tags"])
async def test_a_script_can_ask_without_a_word_in_readers_consoles(ask: Ask, path: str) -> None:
    response = await ask(f"/api/{path}?quiet&url=nothing")
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "public, max-age=60"
    assert await answers(ask, f"/api/{path}?quiet&url=gardens") == await answers(ask, f"/api/{path}?url=gardens")
    await answers(ask, f"/api/{path}?quiet", 400)


def checked(schema: Any, described: Any) -> Draft202012Validator:
    """Strict where the description is not: fields may be added, though none that nobody described."""
    schemas = {name: one | {"additionalProperties": False} for name, one in described["components"]["schemas"].items()}
    return Draft202012Validator({**schema, "components": {"schemas": schemas}})


async def test_a_field_that_is_added_breaks_no_program_that_goes_by_the_description(ask: Ask) -> None:
    described = await answers(ask, "/api/openapi.json")
    assert "Fields may be added" in described["info"]["description"]
    for name, found in (
        ("Related", "related?url=gardens"),
        ("Tag", "tags?url=gardens"),
        ("Post", "latest"),
        ("Event", "next"),
    ):
        said = await answers(ask, f"/api/{found}")
        more = (said[0] if isinstance(said, list) else said) | {"another": 1}
        pointer = {"$ref": f"#/components/schemas/{name}"}
        Draft202012Validator({**pointer, "components": described["components"]}).validate(more)
        assert not checked(pointer, described).is_valid(more)


async def test_the_description_names_all_origins(ask: Ask) -> None:
    described = await answers(ask, "/api/openapi.json")
    assert described["components"]["schemas"]["Related"]["properties"]["origin"]["enum"] == list(Origin)


@pytest.mark.parametrize("path", ["related?url=gardens", "tags?url=gardens", "tags?url=bread", "latest", "next"])
async def test_answers_are_as_they_are_described(ask: Ask, clock: MovableClock, path: str) -> None:
    described = await answers(ask, "/api/openapi.json")
    assert (described["openapi"], described["servers"]) == ("3.1.0", [{"url": "https://bot.example"}])
    operation = described["paths"][f"/api/{path.partition('?')[0]}"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    check = checked(schema, described)
    found = await answers(ask, f"/api/{path}")
    assert found
    check.validate(found)
    assert not check.is_valid([{"slug": 1}]), "the description says something"
    clock.move_to(MONDAY + timedelta(days=1))
    check.validate(await answers(ask, f"/api/{path}"))


async def test_the_description_names_the_same_bounds(ask: Ask) -> None:
    described = await answers(ask, "/api/openapi.json")
    for path, operation in described["paths"].items():
        for given in operation["get"].get("parameters", ()):
            if given["name"] == "limit":
                most = given["schema"]["maximum"]
                await answers(ask, f"{path}?url=gardens&limit={most}")
                await answers(ask, f"{path}?url=gardens&limit={most + 1}", 400)


async def test_the_script_has_an_address_to_paste_and_one_to_keep(web: Open) -> None:
    pasted = await web()("/boxes.js", headers={"Accept-Encoding": "br"})
    assert pasted.status_code == 200
    assert pasted.headers["content-type"] == "text/javascript; charset=utf-8"
    assert pasted.headers["cache-control"].startswith("public, max-age=300")
    assert int(pasted.headers["content-length"]) < 4_000
    assert not {"innerHTML", "eval(", ".style"} & set(pasted.text.split())
    name = pasted.headers["etag"].strip('"')[:12]
    assert "immutable" in (await web()(f"/static/boxes.{name}.js")).headers["cache-control"]


PATHS = (
    f"/api/related?url={ARTICLE}", f"/api/tags?url={ARTICLE}", "/api/latest", "/api/next", "/feeds/custom/atom.xml?tag=garden-life",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_what_was_asked_before_is_answered_without_the_database_while_all_stands_as_it_did(
    web: Open, ask: Ask, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    standing = [1]
    again = web(standing=lambda: standing[0])
    first = await again(path)
    assert first.status_code == 200
    monkeypatch.setattr(Store, "read", lambda _: pytest.fail("the database was asked"))
    assert (await again(path)).content == first.content
    assert (await again(path, headers={"If-None-Match": first.headers["etag"]})).status_code == 304
    standing[0] = 2
    with pytest.raises(pytest.fail.Exception):
        await again(path)


async def test_a_date_that_comes_within_reach_is_said_though_no_event_changed(
    web: Open, take_in: TakeIn, sqlite_store: Store, clock: MovableClock
) -> None:
    clock.move_to(MONDAY)
    await take_in(congress=event("congress", datetime(2025, 3, 2, 10), recurrence=("RRULE:FREQ=YEARLY;INTERVAL=3",)))
    ask = web(standing=lambda: 1)
    assert (await ask("/api/next")).json() is None
    clock.move_to(datetime.fromisoformat("2027-12-01T00:00:00+00:00"))
    await Intake(sqlite_store, SITE, clock).extend()
    assert (await ask("/api/next")).json()["starts"].startswith("2028-03-02")


async def test_an_event_that_is_nearly_over_is_asked_for_anew(web: Open, ask: Ask, clock: MovableClock) -> None:
    again = web(standing=lambda: 1)
    clock.move_to(MONDAY + timedelta(hours=1, minutes=54))
    assert (await again("/api/next")).json() is not None
    clock.move_to(MONDAY + timedelta(hours=2))
    assert (await again("/api/next")).json() is None
