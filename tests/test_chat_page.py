"""The chat page: what is written, read and tapped, in one chat and in several."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Route, expect

from .browser import chromium_browser as chromium_browser
from .browser import looking_at
from .chat_page import GROUP, SAM, YOU, bubble, chatting, keys, next_update, reply, say
from .chat_page import harbour as harbour
from .sandboxes import TOKEN, Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Writing and reading


async def test_the_first_visit_finds_two_people_and_a_group(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        names = await page.locator(".row-name").all_inner_texts()
        assert names == ["Alex (you)", "Sam", "Members' group"]
        await expect(page.get_by_role("heading", name="Harbour Notes").first).to_be_visible()
        await page.get_by_role("button", name="Start", exact=True).click()
        message = await next_update(sandbox, "message")
        assert (message["text"], message["from"]["first_name"], message["chat"]["id"]) == ("/start", "Alex", YOU)
        await expect(page.locator(".mine")).to_contain_text("/start")
        await expect(page.get_by_role("button", name="Start", exact=True)).to_be_hidden()
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
        assert mine
        assert theirs
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
        changed: dict[str, Any] = {"text": "An event, noted", "reply_markup": keys({"Forget it": "off"})}
        await sandbox.result("editMessageText", chat_id=YOU, message_id=message, **changed)
        await expect(bubble(page, message)).to_contain_text("An event, noted")
        await expect(bubble(page, message).locator(".edited")).to_have_text("edited")
        await expect(page.get_by_role("button", name="Forget it")).to_be_focused()
        assert await page.evaluate("([a, id]) => a === document.querySelector(`[data-id='${id}']`)", [place, message])


async def test_an_answer_may_overtake_the_tap(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        await reply(sandbox, "x", reply_markup=keys({"Tap": "t"}))

        async def late(route: Route) -> None:
            response = await route.fetch()
            query = await next_update(sandbox, "callback_query")
            await sandbox.result("answerCallbackQuery", callback_query_id=query["id"], text="Quick.")
            await reply(sandbox, "The answer is out.")
            await expect(page.locator(".thread")).to_contain_text("The answer is out.")
            await route.fulfill(response=response)

        await page.route("**/taps", late)
        button = page.get_by_role("button", name="Tap")
        await button.click()
        await expect(page.locator(".toast")).to_have_text("Quick.")
        await expect(button).not_to_have_attribute("aria-busy", "true")


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
        await reply(sandbox, "x", reply_markup=keys({"Tap": "t"}))
        await page.get_by_role("button", name="Tap").evaluate("button => (button.dataset.tap = 'x'.repeat(65))")
        await page.get_by_role("button", name="Tap").click()
        await expect(page.locator(".toast")).to_contain_text('"data" must be of 1 to 64 bytes.')


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


async def test_what_is_said_in_a_topic_quotes_only_what_it_replies_to(browser: Browser, sandbox: Sandbox) -> None:
    async with chatting(browser, sandbox) as page:
        forum = await sandbox.chat("supergroup", "Forum", is_forum=True)
        topic = (await sandbox.post(f"chats/{forum}/topics", name="News"))["message_thread_id"]
        await page.locator("#roster a").filter(has_text="Forum").click()
        said = await reply(sandbox, "said", forum, message_thread_id=topic)
        answer = await reply(sandbox, "answered", forum, message_thread_id=topic, reply_parameters={"message_id": said})
        await expect(bubble(page, answer).locator(".quoted")).to_contain_text("said")
        await expect(bubble(page, said).locator(".quoted")).to_have_count(0)
