"""What stands beside a post once sources were read: pins, links and likeness, as posts come, change and go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.intake import Intake
from blogbot.model import Origin, PostItem
from blogbot.store import Store
from tests.content import Written, post
from tests.intake_runs import NOTHING, announced, counts

KITCHEN = "<p>A baker with a warm oven and much patience bakes {} from flour, water and salt.</p>"


def baked(slug: str, **more: Any) -> PostItem:
    return post(slug, **({"html": KITCHEN.format(slug)} | more))


def other(slug: str, **more: Any) -> PostItem:
    return post(slug, **({"html": f"<p>{slug}{slug} oil{slug}.</p>"} | more))


async def beside(blog: Blog, slug: str) -> list[str]:
    return [each.post.slug for each in await blog.related(await blog.post(slug))]


async def test_pins_come_first_then_links_then_what_is_alike(intake: Intake, blog: Blog) -> None:
    pinned = baked("bread", curated=("tyres", "never-written", "chain"), links=("/lamp", "/chain"))
    await intake.run(Written().show(a=pinned, b=baked("rolls"), c=other("chain"), d=other("lamp"), e=other("tyres")))
    found = await blog.related(await blog.post("bread"))
    assert [(each.post.slug, each.origin) for each in found] == [
        ("tyres", Origin.CURATED),
        ("chain", Origin.CURATED),
        ("lamp", Origin.CURATED),
        ("rolls", Origin.COMPUTED),
    ]


async def test_a_pin_alone_is_a_change_but_nothing_to_tell_of(
    intake: Intake, blog: Blog, sqlite_store: Store, clock: MovableClock
) -> None:
    source = Written()
    await intake.run(source)
    await intake.run(source.show(a=baked("bread"), b=baked("rolls"), c=other("chain")))
    said, before = await announced(sqlite_store, clock), await blog.post("bread")
    clock.move(timedelta(hours=1))
    report = await intake.run(source.show(a=baked("bread", curated=("chain",))))
    assert counts(report) == ((0, 1, 2, 0), NOTHING)
    assert await beside(blog, "bread") == ["chain", "rolls"]
    assert await announced(sqlite_store, clock) == said
    assert (await blog.post("bread")).updated == before.updated
    await intake.run(source.show(a=baked("bread", curated=("rolls", "chain"))))
    assert await beside(blog, "bread") == ["rolls", "chain"]
    await intake.run(source.show(a=baked("bread")))
    assert await beside(blog, "bread") == ["rolls"]


@pytest.mark.parametrize(
    "pin",
    [
        "chain",
        "https://blog.example/2026/chain/?utm_source=x",
        "/2026/chain",
        "17",
        "oil-for-your-bicycle",
        "https://blog.example/?p=4",
    ],
    ids=["slug", "address", "path", "id", "title", "short address"],
)
@pytest.mark.parametrize("first", [True, False])
async def test_a_pin_holds_by_whatever_name_and_whenever_its_post_comes(
    intake: Intake, blog: Blog, pin: str, first: bool
) -> None:
    key = "https://blog.example/?p=4" if "?p" in pin else "markdown:17"
    named = other("chain", key=key, title="Oil for your bicycle", url="https://blog.example/2026/chain/")
    steps = [Written("pinning").show(a=baked("bread", curated=(pin,))), Written("pinned").show(b=named)]
    for source in steps if first else reversed(steps):
        await intake.run(source)
    assert await beside(blog, "bread") == ["chain"]


async def test_a_pinned_post_that_is_withdrawn_is_passed_over_and_back_when_it_returns(
    intake: Intake, blog: Blog
) -> None:
    source = Written().show(a=baked("bread", curated=("chain", "tyres")), c=other("chain"), d=other("tyres"))
    await intake.run(source)
    chain = source.entries.pop("c")
    await intake.run(source)
    assert await beside(blog, "bread") == ["tyres"]
    source.entries["c"] = chain
    await intake.run(source)
    assert await beside(blog, "bread") == ["chain", "tyres"]


async def test_what_a_changed_post_linked_to_forgets_it(intake: Intake, blog: Blog) -> None:
    source = Written().show(a=baked("bread", links=("/chain",)), c=other("chain"), **_others(12))
    await intake.run(source)
    assert await beside(blog, "chain") == ["bread"]
    await intake.run(source.show(a=other("bread", links=())))
    assert await beside(blog, "chain") == []


async def test_what_was_alike_forgets_a_post_that_is_about_something_else_now(intake: Intake, blog: Blog) -> None:
    source = Written().show(a=baked("bread"), b=baked("rolls"), **_others(12))
    await intake.run(source)
    assert await beside(blog, "rolls") == ["bread"]
    await intake.run(source.show(a=other("bread")))
    assert await beside(blog, "rolls") == []


async def test_a_reprint_is_not_shown_beside_what_it_reprints(intake: Intake, blog: Blog) -> None:
    tale = (
        "<p>The lamplighter wrote in his diary each night which ferry was late and what the tide did to the harbour bar. His "
        "granddaughter found forty volumes under the stairs. Volunteers read them aloud in the reading room.</p>"
    )
    source = Written().show(
        a=post("diary", html=tale),
        b=post("archive", html=f"<p>From our archive.</p>{tale}"),
        c=post("ferry", html=tale[:90]),
    )
    await intake.run(source)
    assert await beside(blog, "diary") == ["ferry"]
    assert await beside(blog, "archive") == ["ferry"]
    assert len(await beside(blog, "ferry")) == 1
    source.entries.pop((await beside(blog, "ferry"))[0].replace("diary", "a").replace("archive", "b"))
    await intake.run(source)
    assert len(await beside(blog, "ferry")) == 1


def _others(count: int) -> dict[str, PostItem]:
    return {f"other{n}": other(f"other{n}") for n in range(count)}
