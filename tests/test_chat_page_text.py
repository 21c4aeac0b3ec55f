"""The chat page: the look of texts, and the list of commands."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from .browser import chromium_browser as chromium_browser
from .chat_page import YOU, bubble, chatting, keys, next_update, reply, say
from .chat_page import harbour as harbour
from .sandboxes import Sandbox, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Text


async def test_every_entity_has_its_look(browser: Browser, sandbox: Sandbox) -> None:
    html = (
        "<b>bold <i>both</i></b> <u>under</u> <s>struck</s> <code>code</code> 🎉 <a href='https://example.org/'>link</a> "
        "#topic /help <pre><code class='language-python'>if x:\n    y</code></pre>"
    )
    async with chatting(browser, sandbox) as page:
        text = bubble(page, await reply(sandbox, html, parse_mode="HTML")).locator(".text")
        await expect(text.locator("strong")).to_have_text("bold both")
        await expect(text.locator("strong em")).to_have_text("both")
        await expect(text.locator("u")).to_have_text("under")
        await expect(text.locator("s")).to_have_text("struck")
        await expect(text.locator("code").first).to_have_text("code")
        await expect(text.locator("a")).to_have_attribute("href", "https://example.org/")
        await expect(text.locator(".marked")).to_have_text("#topic")
        await expect(text.locator("pre")).to_have_attribute("data-language", "python")
        assert await text.locator("pre").inner_text() == "if x:\n    y"
        await text.get_by_role("button", name="/help").click()
        assert (await next_update(sandbox, "message"))["text"] == "/help"


@pytest.mark.parametrize(
    ("zone", "pattern", "shown"),
    [
        ("Europe/London", "wDT", "Thursday 12 March 2026 at 10:00:00"),
        ("Asia/Tokyo", "Dt", "12 March 2026 at 19:00"),
        ("America/New_York", "t", "6:00"),
        ("Pacific/Auckland", "wd", "Thursday, 12/03/26"),
        ("Pacific/Auckland", "t", "23:00"),
        ("Europe/London", "r", "in 2 days"),
        ("Europe/London", "", "as the bot wrote it"),
    ],
)
async def test_an_instant_is_shown_in_the_readers_zone(browser: Browser, zone: str, pattern: str, shown: str) -> None:
    now, instant = datetime(2026, 3, 10, 9, 30, tzinfo=UTC), datetime(2026, 3, 12, 10, tzinfo=UTC)
    attribute = f' format="{pattern}"' if pattern else ""
    html = f'<tg-time unix="{instant.timestamp():.0f}"{attribute}>as the bot wrote it</tg-time>'
    async with running(now=now.timestamp) as sandbox:
        await sandbox.result("getMe")
        async with chatting(browser, sandbox, timezone_id=zone) as page:
            message = await reply(sandbox, html, parse_mode="HTML")
            time = bubble(page, message).locator("time[data-unix]")
            await expect(time).to_have_text(re.compile(shown.replace(" at ", "(,| at) ").replace("day 1", "day,? 1")))
            await expect(time).to_have_attribute("title", re.compile(r"2026.*, which is 12 Mar 2026, 10:00:00 UTC"))
            await expect(time).to_have_attribute("datetime", "2026-03-12T10:00:00.000Z")


async def test_a_spoiler_is_revealed_by_key_and_a_long_quote_unfolds(browser: Browser, sandbox: Sandbox) -> None:
    html = f"<tg-spoiler>the <b>end</b></tg-spoiler> <blockquote expandable>{'long words ' * 60}</blockquote>"
    async with chatting(browser, sandbox) as page:
        text = bubble(page, await reply(sandbox, html, parse_mode="HTML"))
        spoiler = text.get_by_role("button", name="Hidden text. Press to reveal.")
        await expect(spoiler.locator("span")).to_have_css("opacity", "0")
        await spoiler.press("Enter")
        await expect(text.locator(".spoiler span")).to_have_css("opacity", "1")
        quote = text.locator(".quote-body")
        folded = await quote.evaluate("quote => quote.offsetHeight")
        await text.get_by_role("button", name="Show more").click()
        assert await quote.evaluate("quote => quote.offsetHeight") > 2 * folded
        await expect(text.get_by_role("button", name="Show less")).to_have_attribute("aria-expanded", "true")


async def test_a_short_quote_needs_no_unfolding(browser: Browser, sandbox: Sandbox) -> None:
    html = "<blockquote expandable>short</blockquote>"
    async with chatting(browser, sandbox) as page:
        text = bubble(page, await reply(sandbox, html, parse_mode="HTML"))
        await expect(text.locator("blockquote")).to_be_visible()
        await expect(text.get_by_role("button", name="Show more")).to_be_hidden()


async def test_nothing_that_looks_like_markup_becomes_markup(browser: Browser, sandbox: Sandbox) -> None:
    attack = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    await sandbox.result("setMyName", name=attack[:64])
    await sandbox.result("setMyDescription", description=attack)
    await sandbox.result("setMyCommands", commands=[{"command": "x", "description": attack}])
    async with chatting(browser, sandbox) as page:
        await expect(page.locator("#welcome-text")).to_have_text(attack)
        await say(page, attack)
        bad = [{"type": "text_link", "offset": 0, "length": 4, "url": "javascript:window.hacked=1"}]
        message = await reply(sandbox, attack, reply_markup=keys({attack: "x"}))
        await sandbox.bot("sendMessage", chat_id=YOU, text="bare link", entities=bad)
        await reply(sandbox, "javascript:window.hacked=1 data:text/html,x")
        await page.locator("#text").press_sequentially("/")
        await expect(page.get_by_role("option")).to_contain_text(attack)
        await expect(bubble(page, message).locator(".text")).to_contain_text(attack)
        await expect(bubble(page, message).get_by_role("button")).to_have_text(attack)
        assert await page.locator(".app :is(img, script, iframe), .app a[href^='javascript']").count() == 0
        assert await page.evaluate("window.hacked") is None


async def test_words_from_right_to_left_are_set_so(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        message = await reply(sandbox, "مرحبا بكم")
        await expect(bubble(page, message).locator(".text")).to_have_css("direction", "rtl")


WILD = [
    ("crossing", "abcdef", [("bold", 0, 4), ("italic", 2, 4)], "<strong>abcd</strong><em>ef</em>"),
    ("inside", "abcdef", [("italic", 2, 2), ("bold", 0, 6)], "<strong>ab<em>cd</em>ef</strong>"),
    ("past the end", "abc", [("bold", 1, 9)], "abc"),
    ("before the beginning", "abc", [("bold", -1, 2)], "abc"),
    ("of no length", "abc", [("bold", 1, 0)], "abc"),
    ("unknown", "abc", [("hologram", 0, 3)], "<span>abc</span>"),
    ("behind a pair of surrogates", "🎉a", [("bold", 2, 1)], "🎉<strong>a</strong>"),
    ("a script", "abc", [("text_link", 0, 3, {"url": "javascript:alert(1)"})], "<span>abc</span>"),
    ("no address", "abc", [("text_link", 0, 3, {"url": "http://["})], "<span>abc</span>"),
    ("no instant", "abc", [("date_time", 0, 3, {"unix_time": 1e300})], "<span>abc</span>"),
    ("behind a block", "ab\ncd", [("pre", 0, 2)], '<pre tabindex="0"><code>ab</code></pre>cd'),
]


@pytest.mark.parametrize(("name", "text", "entities", "html"), WILD, ids=[case[0] for case in WILD])
async def test_wild_entities_do_no_harm(
    browser: Browser, sandbox: Sandbox, name: str, text: str, entities: list[Any], html: str
) -> None:
    listed = [
        {"type": kind, "offset": offset, "length": length, **dict(*more)} for kind, offset, length, *more in entities
    ]
    async with chatting(browser, sandbox) as page:
        made = await page.evaluate(
            """async ([text, entities]) => {
                const {render} = await import("/sandbox/static/entities.js");
                const place = document.createElement("div");
                place.append(render(text, entities));
                return place.innerHTML;
            }""",
            [text, listed],
        )
    assert made == html


# Commands


async def test_commands_are_found_by_keyboard(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        field, options = page.locator("#text"), page.get_by_role("option")
        await field.press_sequentially("/")
        await expect(options).to_have_count(4)
        await expect(options.nth(1)).to_contain_text("the next event")
        await field.press_sequentially("ne")
        await expect(options).to_have_count(2)
        await expect(options.nth(0)).to_have_attribute("aria-selected", "true")
        await field.press("ArrowUp")
        await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
        await field.press("ArrowDown")
        await expect(field).to_have_attribute("aria-activedescendant", "command-0")
        await field.press("Enter")
        assert (await next_update(sandbox, "message"))["text"] == "/next"
        await expect(page.get_by_role("listbox", name="Commands")).to_be_hidden()


async def test_the_command_list_can_be_left_and_completed(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        field, menu = page.locator("#text"), page.get_by_role("listbox", name="Commands")
        await field.press_sequentially("/l")
        await field.press("Escape")
        await expect(menu).to_be_hidden()
        await field.press_sequentially("a")
        await expect(menu).to_be_hidden()
        await expect(field).to_have_value("/la")
        await field.fill("")
        await field.press_sequentially("/l")
        await field.press("Tab")
        await expect(field).to_have_value("/latest ")
        await expect(field).to_be_focused()
        await field.press_sequentially("3")
        await field.press("Enter")
        assert (await next_update(sandbox, "message"))["text"] == "/latest 3"


async def test_the_command_button_sends_a_command(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        button = page.get_by_role("button", name="Commands")
        await button.click()
        await expect(button).to_have_attribute("aria-expanded", "true")
        await page.get_by_role("option", name="/help").click()
        assert (await next_update(sandbox, "message"))["text"] == "/help"
        await sandbox.result("setMyCommands", commands=[{"command": "anew", "description": "since now"}])
        await button.click()
        await expect(page.get_by_role("option")).to_have_text(["/anewsince now"])
        # What is open stays open, and shows what there is now.
        await sandbox.result("setMyCommands", commands=[{"command": "late", "description": "came last"}])
        await expect(page.get_by_role("option")).to_have_text(["/latecame last"])
        await expect(button).to_have_attribute("aria-expanded", "true")
