"""The demo as a new person meets it, in a real Chromium: ask for the next event, be reminded of it, see it arrive."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import chromium_browser, looking_at  # noqa: F401  # a fixture
from tests.shell import Shell

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo of its own for this module."""
    shell = Shell(tmp_path_factory.mktemp("demo"))
    with shell.started("-m", "blogbot", "demo", "--port", "0", "--no-browser") as demo:
        assert demo.stdout is not None
        yield demo.stdout.readline().strip()
        assert not list(Path(shell.folder).iterdir()), "the demo leaves nothing behind"


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, address: str) -> AsyncIterator[Page]:
    async with looking_at(browser, address) as opened:
        yield opened


async def say(page: Page, words: str) -> None:
    composer = page.get_by_role("textbox", name="Message")
    await composer.fill(words)
    await composer.press("Enter")


async def test_ask_for_the_next_event_be_reminded_and_see_it_arrive(page: Page) -> None:
    await say(page, "/next")
    card = page.get_by_role("log").get_by_text("Directors' open hour (sample)").last
    await expect(card).to_be_visible()
    await page.get_by_role("button", name="Remind me").last.click()
    await expect(
        page.get_by_role("button", name="Don’t remind me").or_(page.get_by_role("button", name="Don't remind me")).last
    ).to_be_visible()
    await page.get_by_role("button", name="Skip to the next reminder").click()
    await expect(page.get_by_role("log").get_by_text(re.compile("⏰")).last).to_be_visible()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("/start", "Sample blog"),
        ("/help", "/latest"),
        ("/latest", "Your first hundred days as a director"),
        ("/tags", "leadership"),
        ("/tag leadership", "Handing over well"),
        ("/search budget", "Budget talk for everyone"),
        ("/related", "Handing over well"),
        ("/next", "(sample)"),
        ("/events", "Network day (sample)"),
        ("/follow", "Everything"),
        ("/following", "follow"),
        ("/unfollow", "follow"),
        ("/remind", "remind"),
        ("/feeds", "/feeds/"),
        ("/settings", "Time zone"),
        ("/frobnicate", "/help"),
        ("the van that nobody drove", "The van that nobody drove"),
    ],
)
async def test_every_command_answers(page: Page, command: str, answer: str) -> None:
    await say(page, command)
    question = page.locator(".message.mine", has_text=command).last
    answers = question.locator(
        "xpath=following-sibling::*[contains(@class, 'theirs') and not(contains(@class, 'typing'))]"
    )
    await expect(answers.last).to_contain_text(answer, ignore_case=True)


async def test_the_site_of_the_demo_leads_to_the_chat_and_its_feeds_are_there(page: Page, address: str) -> None:
    home = address.removesuffix("sandbox/")
    await page.goto(home)
    await expect(page.get_by_role("link", name=re.compile("Your first hundred days")).first).to_be_visible()
    await page.goto(f"{home}posts/first-hundred-days")
    await expect(page.get_by_role("link", name=re.compile("Handing over well")).first).to_be_visible()
    feed = await page.request.get(f"{home}feeds/atom.xml")
    assert 'rel="related"' in await feed.text()
    calendar = await page.request.get(f"{home}feeds/events.ics")
    assert "BEGIN:VEVENT" in await calendar.text()
