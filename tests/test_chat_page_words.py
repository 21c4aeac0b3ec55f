"""The chat page's words: all of them in the template, where the catalogue finds them, and none to spare."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

import blogbot.sandbox

from .browser import chromium_browser as chromium_browser
from .browser import looking_at
from .sandboxes import running

HOME = Path(blogbot.sandbox.__file__).parent


@pytest.mark.asyncio(loop_scope="session")
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
        assert bare == []


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
