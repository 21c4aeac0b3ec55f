"""The chat page on a phone, in light and dark, by keyboard alone, and with very much in it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from .browser import chromium_browser as chromium_browser
from .browser import looking_at
from .chat_page import COMMANDS, GROUP, PHONE, SAM, YOU, bubble, chatting, keys, reply, say
from .chat_page import harbour as harbour
from .sandboxes import TOKEN, Sandbox, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

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
        await expect(page).to_have_title("Blogbot sandbox")
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
            await expect(page.locator("#talk-name")).to_have_text("Members' group")
            await say(page, "hello")
            await page.locator(".mine .text").first.wait_for()
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
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


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
        place = "element => element.getBoundingClientRect().top"
        seen = await bubble(page, 60).evaluate(place)
        await sandbox.result("editMessageText", chat_id=YOU, message_id=1, text="longer\n" * 30 + "now")
        await expect(bubble(page, 1)).to_contain_text("now")
        assert await bubble(page, 60).evaluate(place) == pytest.approx(seen, abs=2)
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
