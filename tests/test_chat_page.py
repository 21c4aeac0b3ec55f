"""The sandbox's chat page in a real browser, before a real sandbox; the bot is a script of HTTP calls."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

import blogbot.sandbox
from blogbot.sandbox import create_sandbox, serve
from blogbot.sandbox.telegram import Telegram

from .browser import chromium_browser as chromium_browser
from .browser import looking_at
from .sandboxes import TOKEN, Sandbox, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME = Path(blogbot.sandbox.__file__).parent
YOU, SAM, GROUP = 100_001, 100_002, -4_000_001
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
COMMANDS = [
    {"command": "latest", "description": "the newest articles"},
    {"command": "next", "description": "the next event"},
    {"command": "news", "description": "what is new"},
    {"command": "help", "description": "what I can do"},
]


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as served:
        await served.result("setMyName", name="Harbour Notes")
        await served.result("setMyCommands", commands=COMMANDS)
        yield served


@asynccontextmanager
async def chatting(browser: Browser, sandbox: Sandbox, **options: Any) -> AsyncIterator[Page]:
    """The page with Alex's chat open."""
    async with looking_at(browser, f"{sandbox.url}sandbox/", **options) as page:
        await page.locator("#roster a").nth(2).wait_for()
        if "is_mobile" in options:
            await page.get_by_role("link", name="Alex (you)").click()
        await expect(page.get_by_role("button", name="Start")).to_be_visible()
        yield page


async def say(page: Page, text: str) -> None:
    """Types into the field and sends."""
    await page.locator("#text").fill(text)
    await page.locator("#text").press("Enter")
    await expect(page.locator("#text")).to_have_value("")


async def reply(sandbox: Sandbox, text: str, chat: int = YOU, **params: Any) -> int:
    """The bot's message; gives its id."""
    return int((await sandbox.result("sendMessage", chat_id=chat, text=text, **params))["message_id"])


async def next_update(sandbox: Sandbox, kind: str) -> Any:
    """The next update of a kind that the bot gets."""
    while True:
        updates = await sandbox.updates(timeout=10)
        for update in updates:
            if kind in update:
                return update[kind]


def bubble(page: Page, message: int) -> Any:
    return page.locator(f'[data-id="{message}"]')


def keys(*rows: dict[str, str] | list[dict[str, Any]]) -> dict[str, Any]:
    """An inline keyboard; a row is a list of buttons, or a dict of labels and callback data."""
    lines = [
        row if isinstance(row, list) else [{"text": text, "callback_data": data} for text, data in row.items()]
        for row in rows
    ]
    return {"inline_keyboard": lines}


# Writing and reading


async def test_the_first_visit_finds_two_people_and_a_group(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        names = await page.locator(".row-name").all_inner_texts()
        assert names == ["Alex (you)", "Sam", "Members' group"]
        await expect(page.get_by_role("heading", name="Harbour Notes").first).to_be_visible()
        await page.get_by_role("button", name="Start").click()
        message = await next_update(sandbox, "message")
        assert (message["text"], message["from"]["first_name"], message["chat"]["id"]) == ("/start", "Alex", YOU)
        await expect(page.locator(".mine")).to_contain_text("/start")
        await expect(page.get_by_role("button", name="Start")).to_be_hidden()
    async with looking_at(browser, f"{sandbox.url}sandbox/") as page:
        await expect(page.locator(".row-name")).to_have_count(3)


async def test_a_message_goes_out_and_the_reply_comes_in(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        field = page.locator("#text")
        await field.press_sequentially("one")
        await field.press("Shift+Enter")
        await field.press_sequentially("two")
        tall = await field.evaluate("field => field.offsetHeight")
        await field.press("Enter")
        assert (await next_update(sandbox, "message"))["text"] == "one\ntwo"
        await expect(field).to_have_value("")
        assert await field.evaluate("field => field.offsetHeight") < tall
        answer = await reply(sandbox, "three")
        await expect(bubble(page, answer)).to_contain_text("three")
        mine, theirs = await page.locator(".mine .bubble").bounding_box(), await bubble(page, answer).bounding_box()
        assert mine is not None
        assert theirs["x"] + theirs["width"] < mine["x"] + mine["width"]
        assert await page.locator(".day").all_inner_texts() == ["Today"]


async def test_what_could_not_be_sent_stays_in_the_field(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox, errors=("Failed to load resource",)) as page:
        await page.route("**/messages", lambda route: route.abort())
        await page.locator("#text").fill("not lost")
        await page.locator("#text").press("Enter")
        await expect(page.locator(".toast")).to_have_text("Not sent: The sandbox cannot be reached.")
        await expect(page.locator("#text")).to_have_value("not lost")


async def test_typing_shows_until_the_message_is_there(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        await say(page, "hello")
        await sandbox.result("sendChatAction", chat_id=YOU, action="typing")
        await expect(page.locator("#talk-state")).to_have_text("typing…")
        await expect(page.locator(".thread .typing")).to_be_visible()
        await reply(sandbox, "here I am")
        await expect(page.locator("#talk-state")).to_have_text("You write as Alex")
        await expect(page.locator(".thread .typing")).to_have_count(0)


async def test_a_deleted_message_goes(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        message = await reply(sandbox, "a mistake")
        await expect(bubble(page, message)).to_be_visible()
        await sandbox.result("deleteMessage", chat_id=YOU, message_id=message)
        await expect(bubble(page, message)).to_have_count(0)
        await expect(page.locator("#roster [aria-current] .row-text")).to_have_text("No messages yet")


# Buttons


async def test_a_tap_is_busy_until_answered_and_the_message_changes_in_place(
    browser: Browser, sandbox: Sandbox
) -> None:
    async with chatting(browser, sandbox) as page:
        message = await reply(sandbox, "An event", reply_markup=keys({"Remind me": "on", "Later": "no"}))
        place = await bubble(page, message).element_handle()
        button = page.get_by_role("button", name="Remind me")
        await button.focus()
        await button.press("Enter")
        await expect(button).to_have_attribute("aria-busy", "true")
        query = await next_update(sandbox, "callback_query")
        assert (query["data"], query["from"]["first_name"]) == ("on", "Alex")
        await sandbox.result("answerCallbackQuery", callback_query_id=query["id"], text="I will remind you.")
        await expect(page.locator(".toast")).to_have_text("I will remind you.")
        await expect(button).not_to_have_attribute("aria-busy", "true")
        changed = {"chat_id": YOU, "message_id": message, "text": "An event, noted"}
        await sandbox.result("editMessageText", **changed, reply_markup=keys({"Forget it": "off"}))
        await expect(bubble(page, message)).to_contain_text("An event, noted")
        await expect(bubble(page, message).locator(".edited")).to_have_text("edited")
        await expect(page.get_by_role("button", name="Forget it")).to_be_focused()
        assert await page.evaluate("([a, id]) => a === document.querySelector(`[data-id='${id}']`)", [place, message])


async def test_an_alert_waits_for_its_ok(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        await reply(sandbox, "x", reply_markup=keys({"Tap": "t"}))
        await page.get_by_role("button", name="Tap").click()
        query = await next_update(sandbox, "callback_query")
        await sandbox.result("answerCallbackQuery", callback_query_id=query["id"], text="Mind this.", show_alert=True)
        await expect(page.get_by_role("dialog")).to_contain_text("Mind this.")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.get_by_role("button", name="Tap")).to_be_focused()


async def test_a_tap_that_is_refused_says_why(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox, errors=("Failed to load resource",)) as page:
        message = await reply(sandbox, "x", reply_markup=keys({"Tap": "t"}))
        await page.get_by_role("button", name="Tap").evaluate("button => (button.dataset.tap = 'other')")
        await page.get_by_role("button", name="Tap").click()
        await expect(page.locator(".toast")).to_contain_text(f"The message {message} has no button with this data.")


async def test_links_open_elsewhere_but_those_to_the_bot_start_it(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        name = (await sandbox.result("getMe"))["username"]
        outside = [{"text": "Read", "url": "https://example.org/a?b=1&c=2"}]
        await reply(
            sandbox, "x", reply_markup=keys(outside, [{"text": "Here", "url": f"https://t.me/{name}?start=post-7"}])
        )
        link = page.get_by_role("link", name="Read (opens in a new tab)")
        await expect(link).to_have_attribute("href", "https://example.org/a?b=1&c=2")
        await expect(link).to_have_attribute("rel", "noopener noreferrer")
        await page.get_by_role("link", name="Here").click()
        assert (await next_update(sandbox, "message"))["text"] == "/start post-7"


async def test_suggested_answers_are_sent_by_a_tap_and_go_when_told(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        await reply(sandbox, "Which?", reply_markup={"keyboard": [["Yes", "No"]]})
        await page.get_by_role("group", name="Suggested answers").get_by_role("button", name="No").click()
        assert (await next_update(sandbox, "message"))["text"] == "No"
        await reply(sandbox, "Good.", reply_markup={"remove_keyboard": True})
        await expect(page.locator("#reply-keys")).to_be_hidden()


async def test_a_file_can_be_saved(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        form = aiohttp.FormData({"chat_id": str(YOU), "caption": "For your <b>calendar</b>"})
        form.add_field("document", b"BEGIN:VCALENDAR\r\n" * 100, filename="event.ics", content_type="text/calendar")
        async with sandbox.session.post(f"/bot{TOKEN}/sendDocument", data=form) as response:
            assert response.status == 200
        link = page.get_by_role("link", name="Download event.ics")
        await expect(link).to_contain_text("1.7 kB")
        await expect(link.locator("xpath=..")).to_contain_text("For your <b>calendar</b>")
        async with page.expect_download() as download:
            await link.click()
        saved = await (await download.value).path()
        assert saved.read_bytes().count(b"BEGIN:VCALENDAR") == 100


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
        ("America/New_York", "t", "06:00"),
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


@pytest.mark.parametrize("width", [360, 800, 1280])
async def test_long_words_wrap(browser: Browser, sandbox: Sandbox, width: int) -> None:
    size = {"viewport": {"width": width, "height": 740}}
    async with chatting(browser, sandbox, **(PHONE if width == 360 else size)) as page:
        long = "a" * 900
        row = keys({long[:100]: "a", "x": "b"})
        message = await reply(sandbox, f"{long} https://example.org/{long} <", reply_markup=row)
        await reply(sandbox, f"<pre>{long}</pre><blockquote>{long}</blockquote>", parse_mode="HTML")
        await expect(page.locator(".thread pre")).to_be_visible()
        for selector in ("html", "body", ".thread", ".foot"):
            spare = await page.locator(selector).evaluate("element => element.clientWidth - element.scrollWidth")
            assert spare >= 0, selector
        box = await bubble(page, message).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


async def test_words_from_right_to_left_are_set_so(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        message = await reply(sandbox, "مرحبا بكم")
        await expect(bubble(page, message).locator(".text")).to_have_css("direction", "rtl")


# Several chats


async def test_another_chat_shows_what_is_unread(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        await sandbox.post(f"chats/{SAM}/messages", text="hi")
        await reply(sandbox, "for Sam", SAM)
        await reply(sandbox, "again", SAM)
        row = page.get_by_role("link", name="Sam")
        await expect(row.locator(".badge")).to_contain_text("2 unread")
        await expect(page).to_have_title("(2) Blogbot sandbox")
        await expect(page.locator(".thread")).not_to_contain_text("for Sam")
        await page.locator("#text").fill("a draft")
        await row.click()
        await expect(page.locator(".theirs")).to_have_text([re.compile("for Sam"), re.compile("again")])
        await expect(row.locator(".badge")).to_have_count(0)
        await expect(page.locator("#text")).to_have_value("")
        await say(page, "I am Sam")
        assert [(await next_update(sandbox, "message"))["from"]["first_name"]][-1] == "Sam"
        await page.get_by_role("link", name="Alex (you)").click()
        await expect(page.locator("#text")).to_have_value("a draft")
        await page.reload()
        await expect(page.locator("#roster .badge")).to_have_count(0)


async def test_in_a_group_either_person_can_write(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        await page.get_by_role("link", name="Members' group").click()
        await expect(page.locator("#talk-name")).to_have_text("Members' group")
        await say(page, "from Alex")
        await page.get_by_label("Write as").select_option("Sam")
        await say(page, "from Sam")
        first, second = [update["message"] for update in await sandbox.updates()]
        assert [first["from"]["first_name"], second["from"]["first_name"]] == ["Alex", "Sam"]
        assert first["chat"]["id"] == second["chat"]["id"] == GROUP
        await expect(page.locator(".mine")).to_contain_text("from Sam")
        await expect(page.locator(".theirs .author")).to_have_text("Alex")
        await reply(sandbox, "who?", GROUP, reply_markup=keys({"Me": "me"}))
        await page.get_by_role("button", name="Me", exact=True).click()
        assert (await next_update(sandbox, "callback_query"))["from"]["id"] == SAM


async def test_a_bot_can_be_blocked_and_brought_back(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        await page.get_by_role("button", name="More").click()
        await page.get_by_role("menuitem", name="Block the bot").click()
        assert (await next_update(sandbox, "my_chat_member"))["new_chat_member"]["status"] == "kicked"
        await expect(page.locator("#composer")).to_be_hidden()
        await page.get_by_role("button", name="Unblock the bot").click()
        await expect(page.locator("#composer")).to_be_visible()


async def test_a_chat_made_elsewhere_appears(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        await sandbox.chat(title="Robin")
        await expect(page.get_by_role("link", name="Robin")).to_be_visible()


# Screens, colours, keys


async def test_on_a_phone_list_and_conversation_are_two_screens(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox, **PHONE) as page:
        await expect(page.locator("#roster")).to_be_hidden()
        await say(page, "hello")
        await page.get_by_role("button", name="Back to the chats").click()
        await expect(page.locator("#roster")).to_be_visible()
        await expect(page.locator("#thread")).to_be_hidden()
        await reply(sandbox, "seen later")
        await expect(page.get_by_role("link", name="Alex (you)").locator(".badge")).to_contain_text("1 unread")
        await page.get_by_role("link", name="Alex (you)").click()
        await expect(page.locator(".thread")).to_contain_text("seen later")
        await page.go_back()
        await expect(page.locator("#roster .badge")).to_have_count(0)
        assert await page.evaluate("document.documentElement.scrollWidth") == 360


LOOKS = ("#roster .row-text", ".row-time", ".badge", ".theirs .text", ".mine .text", ".theirs .meta", ".mine .meta",
         ".theirs a", ".theirs .inline-command", ".key", ".day span", "#talk-state", ".tag", "#send", ".toast",
         ".author:not(.unseen)", ".quoted-name", ".document-size", ".pill", "#demo-clock", ".command-name",
         ".command-text", "#persona-choice")  # fmt: skip
CONTRAST = """
selectors => {
  const parse = colour => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d");
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return {rgb: [r, g, b], a: a / 255};
  };
  const light = rgb => rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const over = (top, under) => top.rgb.map((c, i) => c * top.a + under[i] * (1 - top.a));
  const ground = element => {
    if (!element) return [255, 255, 255];
    const style = getComputedStyle(element);
    const first = style.backgroundImage.match(/^linear-gradient\\(\\d+deg, (rgb[^)]*\\))/);
    return over(parse(first ? first[1] : style.backgroundColor), ground(element.parentElement));
  };
  return Object.fromEntries(selectors.map(selector => {
    const element = document.querySelector(selector);
    if (!element) return [selector, null];
    const below = ground(element);
    const [a, b] = [light(over(parse(getComputedStyle(element).color), below)), light(below)];
    return [selector, Math.round((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) * 100) / 100];
  }));
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_stands_out_in_both_schemes(browser: Browser, scheme: str) -> None:
    async def skip() -> dict[str, Any]:
        return {"text": "Later.", "now": "2099-01-01T00:00:00+00:00"}

    async with running(skip=skip) as sandbox:
        await sandbox.result("setMyCommands", commands=COMMANDS)
        async with chatting(browser, sandbox, color_scheme=scheme, reduced_motion="reduce") as page:
            await page.get_by_role("link", name="Members' group").click()
            await say(page, "hello")
            form = aiohttp.FormData({"chat_id": str(GROUP)})
            form.add_field("document", b"x", filename="x.ics")
            await sandbox.session.post(f"/bot{TOKEN}/sendDocument", data=form)
            parameters = {"reply_markup": keys({"Tap": "t"}), "reply_parameters": {"message_id": 1}}
            await reply(sandbox, "/help https://example.org", GROUP, **parameters)
            await reply(sandbox, "x", SAM)
            await page.locator(".badge").first.wait_for()
            await page.get_by_role("button", name="Skip to the next reminder").click()
            await expect(page.locator(".toast")).to_have_text("Later.")
            await page.locator("#text").press_sequentially("/")
            contrasts = await page.evaluate(CONTRAST, list(LOOKS))
    assert {selector: found for selector, found in contrasts.items() if found is None or found < 4.5} == {}
    assert len(set(contrasts.values())) > 5


async def test_the_chosen_colours_are_remembered(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox, color_scheme="light") as page:
        ground = "getComputedStyle(document.body).backgroundColor"
        light = await page.evaluate(ground)
        await page.get_by_role("button", name="Colours: as the system").click()
        await page.get_by_role("button", name="Colours: light").click()
        await expect(page.get_by_role("button", name="Colours: dark")).to_be_visible()
        assert await page.evaluate(ground) != light
        await page.reload()
        await expect(page.get_by_role("button", name="Colours: dark")).to_be_visible()
        assert await page.evaluate(ground) != light


async def test_the_tab_key_goes_through_the_page_in_order(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        await reply(sandbox, "x", reply_markup=keys({"Tap": "t"}))
        await page.get_by_role("button", name="Tap").wait_for()
        await page.evaluate("document.activeElement.blur()")
        seen = []
        for _ in range(9):
            await page.keyboard.press("Tab")
            seen.append(await page.evaluate("document.activeElement.id || document.activeElement.textContent"))
        assert seen[:2] == ["skip-link", "theme"]
        assert seen[2].startswith("AAlex (you)")
        assert seen[3:] == ["more", "thread", "Tap", "slash", "text", "send"]


async def test_keys_move_in_the_list_and_out_of_the_menu(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        await page.get_by_role("link", name="Alex (you)").focus()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("link", name="Sam")).to_be_focused()
        await page.keyboard.press("End")
        await page.keyboard.press("Enter")
        await expect(page.locator("#talk-name")).to_have_text("Members' group")
        await expect(page.locator("#text")).to_be_focused()
        await page.get_by_role("button", name="More").click()
        await expect(page.get_by_role("menuitem")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("menuitem")).to_be_hidden()
        await expect(page.get_by_role("button", name="More")).to_be_focused()


# Many messages


async def test_three_hundred_messages_stay_smooth(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        for number in range(300):
            await reply(sandbox, f"message {number}", reply_markup=keys({"Tap": "t"}))
        thread = page.locator(".thread")
        await expect(thread.locator(".message")).to_have_count(300)
        await expect(thread.locator(".message").last).to_be_in_viewport()
        await page.evaluate("""() => {
            window.touched = 0;
            const count = records => records.forEach(({addedNodes: a, removedNodes: r}) => touched += a.length + r.length);
            new MutationObserver(count).observe(document.querySelector(".thread"), {childList: true, subtree: true});
        }""")
        await reply(sandbox, "the last")
        await expect(thread.locator(".message").last).to_be_in_viewport()
        assert await page.evaluate("window.touched") == 1

        await thread.evaluate("thread => thread.scrollTo({top: 5000, behavior: 'instant'})")
        button = page.get_by_role("button", name="Go to the newest message")
        await expect(button).to_be_visible()
        await reply(sandbox, "below")
        await expect(button).to_contain_text("1")
        assert await thread.evaluate("thread => thread.scrollTop") == 5000
        await button.click()
        await expect(thread.locator(".message").last).to_be_in_viewport()
        await expect(button).to_be_hidden()


async def test_older_messages_come_when_asked_for(browser: Browser, sandbox: Sandbox) -> None:
    await sandbox.chat(id=YOU)
    await sandbox.chat(id=SAM, title="Sam")
    for number in range(450):
        await reply(sandbox, f"message {number}")
    async with looking_at(browser, f"{sandbox.url}sandbox/") as page:
        thread = page.locator(".thread")
        await expect(thread).to_contain_text("message 449")
        await expect(thread.locator(".message")).to_have_count(200)
        await thread.evaluate("thread => thread.scrollTo({top: 0, behavior: 'instant'})")
        await expect(thread.locator(".message")).to_have_count(400)
        await expect(bubble(page, 251)).to_be_in_viewport()


# The line to the sandbox


class Standing:
    """A sandbox that a test stops, and stands up again, empty, at the same port."""

    def __init__(self) -> None:
        self.port = 0
        self._stop = asyncio.Event()

    async def up(self) -> Telegram:
        app, ready, self._stop = create_sandbox(), asyncio.Event(), asyncio.Event()

        def on_ready(url: str) -> None:
            self.port = int(url.rstrip("/").rpartition(":")[2])
            ready.set()

        serving = serve(port=self.port, app=app, on_ready=on_ready, stop=self._stop)
        self._serving = asyncio.create_task(serving)
        await ready.wait()
        telegram: Telegram = app.state.telegram
        return telegram

    async def down(self) -> None:
        self._stop.set()
        await self._serving


async def test_a_lost_connection_is_told_and_recovers_by_itself(browser: Browser) -> None:
    standing = Standing()
    await standing.up()
    url = f"http://127.0.0.1:{standing.port}/sandbox/"
    async with looking_at(browser, url, errors=("ERR_", "Failed to load")) as page:
        await say(page, "heard")
        await expect(page.locator(".mine")).to_have_count(1)
        await standing.down()
        await expect(page.locator("#lost")).to_have_text("Connection lost. Trying again…")
        telegram = await standing.up()
        await expect(page.locator("#lost")).to_be_empty()
        await expect(page.locator("#roster a")).to_have_count(3)
        await expect(page.locator(".mine")).to_have_count(0)
        await say(page, "there again")
        await expect(page.locator(".mine")).to_contain_text("there again")
        assert [message.text for message in telegram.chats[YOU].messages.values()] == ["there again"]
    await standing.down()


async def test_without_events_the_page_asks(browser: Browser, sandbox: Sandbox) -> None:
    async with looking_at(browser, "about:blank", errors=("503",)) as page:
        await page.route("**/sandbox/events", lambda route: route.fulfill(status=503))
        await page.goto(f"{sandbox.url}sandbox/")
        await page.get_by_role("button", name="Start").click()
        await reply(sandbox, "welcome", reply_markup=keys({"Tap": "t"}))
        await expect(page.locator(".theirs")).to_contain_text("welcome")
        await page.get_by_role("button", name="Tap").click()
        query = await next_update(sandbox, "callback_query")
        await sandbox.result("answerCallbackQuery", callback_query_id=query["id"], text="Good.")
        await expect(page.locator(".toast")).to_have_text("Good.")
        await expect(page.locator("#lost")).to_be_empty()


# The demo's clock, and words


async def test_skipping_shows_the_demos_words_and_clock(browser: Browser) -> None:
    async def skip() -> dict[str, Any]:
        return {"text": "It is 2099.", "now": "2099-03-04T10:00:00+00:00"}

    async with running(skip=skip) as sandbox, chatting(browser, sandbox) as page:
        await expect(page.locator("#demo-clock")).to_be_hidden()
        await page.get_by_role("button", name="Skip to the next reminder").click()
        await expect(page.locator(".toast")).to_have_text("It is 2099.")
        await expect(page.locator("#demo-clock")).to_contain_text("The demo's clock shows Wed")


async def test_without_a_clock_to_move_there_is_no_skipping(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        assert await page.get_by_role("button", name="Skip").count() == 0


async def test_every_word_comes_from_the_catalogue(browser: Browser) -> None:
    marked = running(gettext=lambda text: f"«{text}»", language="de")
    async with marked as sandbox, looking_at(browser, f"{sandbox.url}sandbox/") as page:
        await page.get_by_role("button", name="«Start»").click()
        await page.locator(".mine").wait_for()
        assert await page.locator("html").get_attribute("lang") == "de"
        bare = await page.evaluate("""() => {
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const texts = [];
            while (walker.nextNode()) {
                const {textContent, parentElement} = walker.currentNode;
                if (!parentElement.closest("script, noscript, .text, .avatar, .row-time")) texts.push(textContent);
            }
            const names = ["aria-label", "title", "placeholder", "alt"];
            for (const name of names) {
                for (const element of document.querySelectorAll(`[${name}]`)) {
                    if (!element.closest(".meta")) texts.push(element.getAttribute(name));
                }
            }
            return texts.filter(text => /\\p{L}/u.test(text) && !/«.*»/.test(text));
        }""")
        assert bare == ["Blogbot", "Blogbot"]


def test_the_template_has_the_words_that_the_scripts_use_and_no_others() -> None:
    template = (HOME / "templates" / "chat.html").read_text("utf-8")
    given = set(re.findall(r'^ +"(\w+)": _\(', template, re.MULTILINE))
    scripts = "\n".join(path.read_text("utf-8") for path in (HOME / "static").glob("*.js"))
    used = set(re.findall(r'say\(\s*"(\w+)"', scripts))
    chosen = set(re.findall(r'[?:] "(\w+)"', scripts)) | {"theme_auto", "theme_light", "theme_dark"}
    assert used - given == set()
    assert given - used - chosen == set()


def test_no_string_becomes_markup() -> None:
    for path in (HOME / "static").glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text("utf-8"))
