"""From a changed source to the message that already stands in a chat: intake, delivery and the bot against a sandbox over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from telegram.ext import ExtBot

from blogbot.audience import Audience
from blogbot.bot.limiter import Lanes
from blogbot.bot.request import AiohttpRequest
from blogbot.bot.schedule import Limits
from blogbot.bot.sender import TelegramSender
from blogbot.clock import MovableClock
from blogbot.delivery import Delivery
from blogbot.intake import Intake
from blogbot.model import (
    AnnouncementKind,
    Chat,
    ChatKind,
    Digest,
    EventStatus,
    Follow,
    FollowKind,
    NotificationState,
    Offset,
    ReminderRule,
    Site,
)
from blogbot.store import Store
from tests.content import MONDAY, Written, event, post
from tests.sandboxes import TOKEN, Sandbox, running

TUESDAY_TEN = datetime(2026, 3, 10, 10)
SOON = timedelta(seconds=11)
"""When what was on its way has arrived, and an edit begins."""

ARTICLE = post("a", "Teh title", url="https://blog.example/a", summary="One.")
TALK = event("talk", TUESDAY_TEN, title="Tlak")
SITE = Site("Test", url="https://blog.example", timezone="Europe/London")


@dataclass
class World:
    """blogbot between a source that is written down and a sandbox in which people read."""

    store: Store
    clock: MovableClock
    audience: Audience
    intake: Intake
    delivery: Delivery
    sandbox: Sandbox
    source: Written = field(default_factory=Written)

    async def member(self, name: str = "Ada", **terms: object) -> Chat:
        """Somebody who follows everything."""
        number = await self.sandbox.chat(title=name)
        chat = await self.audience.join(number, ChatKind.PRIVATE, name)
        await self.audience.follow(chat, Follow(FollowKind.EVERYTHING))
        if terms:
            await self.audience.set_terms(chat, **terms)
        return chat

    async def shows(self, **items: Any) -> None:
        await self.intake.run(self.source.show(**items))

    async def loses(self, *places: str) -> None:
        for place in places:
            del self.source.entries[place]
        await self.intake.run(self.source)

    async def turn(self, later: timedelta = timedelta(0)) -> None:
        self.clock.move(later)
        await self.delivery.turn()

    async def reads(self, chat: Chat) -> list[str]:
        """The messages that stand in the chat now, the oldest first."""
        return [each["text"] for each in await self._messages(chat)]

    async def links(self, chat: Chat) -> list[str]:
        """Where the buttons of its messages lead."""
        found = []
        for message in await self._messages(chat):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                found += [button["url"] for button in row if "url" in button]
        return found

    async def calls(self, method: str) -> int:
        return sum(call["method"].lower() == method.lower() for call in await self.sandbox.get("log"))

    async def states(self, kind: AnnouncementKind) -> dict[NotificationState, int]:
        """How the notifications of what was announced of this kind stand."""
        found: dict[NotificationState, int] = {}
        async with self.store.read() as tx:
            for each in await tx.announcements.of_post(1, [kind]) + await tx.announcements.of_event(1, [kind]):
                for state, count in (await tx.notifications.outcomes(each.id)).items():
                    found[state] = found.get(state, 0) + count
        return found

    async def _messages(self, chat: Chat) -> list[dict[str, Any]]:
        return list(await self.sandbox.get(f"chats/{chat.telegram_id}/messages"))


@pytest.fixture
async def world(sqlite_store: Store, clock: MovableClock) -> AsyncIterator[World]:
    store = sqlite_store
    async with running() as sandbox:
        bot = ExtBot[Any](
            TOKEN,
            base_url=f"{sandbox.url.rstrip('/')}/bot",
            request=AiohttpRequest(),
            get_updates_request=AiohttpRequest(1),
            rate_limiter=Lanes(Limits(spacing=0)),
        )
        async with bot:
            delivery = Delivery(store, TelegramSender(bot), SITE, clock)
            world = World(store, clock, Audience(store, clock), Intake(store, SITE, clock), delivery, sandbox)
            await world.intake.run(world.source)
            yield world


# --- Articles --------------------------------------------------------------------------------------------------------


async def test_a_corrected_title_and_address_replace_what_was_sent(world: World) -> None:
    ada, bob = await world.member(), await world.member("Bob")
    await world.shows(a=ARTICLE)
    await world.turn()
    assert ["Teh title" in text for text in await world.reads(ada)] == [True]
    world.clock.move(timedelta(hours=3))
    await world.shows(a=replace(ARTICLE, title="The title", url="https://blog.example/the-title"))
    await world.turn(SOON)
    for chat in (ada, bob):
        (text,) = await world.reads(chat)
        assert text.startswith("📰 New article\n\nThe title\n")
        assert "late" not in text, "it stood there in time"
        assert await world.links(chat) == ["https://blog.example/the-title"]
    assert (await world.calls("sendMessage"), await world.calls("editMessageText")) == (2, 2)


async def test_who_is_told_after_the_correction_reads_only_the_correction(world: World) -> None:
    ada = await world.member()
    await world.shows(a=ARTICLE)
    await world.shows(a=replace(ARTICLE, title="The title"))
    await world.turn()
    await world.turn(SOON)
    assert ["The title" in text for text in await world.reads(ada)] == [True]
    assert await world.states(AnnouncementKind.CORRECTED) == {NotificationState.SENT: 1}, "it says the same already"


async def test_a_change_behind_the_link_edits_nothing(world: World) -> None:
    await world.member()
    await world.shows(a=ARTICLE)
    await world.turn()
    await world.shows(a=replace(ARTICLE, html="<p>Much more.</p>", tags=("News",)))
    await world.turn(SOON)
    assert await world.calls("editMessageText") == 0


async def test_a_withdrawn_article_is_struck_out_where_it_was_told(world: World) -> None:
    ada = await world.member()
    await world.shows(a=ARTICLE, b=post("b"))
    await world.turn()
    await world.loses("a")
    await world.turn(SOON)
    gone, other = sorted(await world.reads(ada), key=lambda text: "New article" in text)
    assert gone == "Teh title\n\nThis article was withdrawn."
    assert "B" in other
    assert "https://blog.example/a" not in await world.links(ada)


async def test_an_article_withdrawn_before_it_was_told_is_never_told(world: World) -> None:
    ada = await world.member()
    await world.shows(a=ARTICLE, b=post("b"))
    await world.loses("a")
    await world.turn()
    await world.turn(SOON)
    assert ["Teh title" in text for text in await world.reads(ada)] == [False]


async def test_an_article_that_comes_back_reads_as_before_for_all(world: World) -> None:
    ada = await world.member()
    await world.shows(a=ARTICLE, b=post("b"))
    await world.turn()
    before = await world.reads(ada)
    bob = await world.member("Bob")
    await world.loses("a")
    await world.turn(SOON)
    assert await world.reads(ada) != before
    await world.shows(a=ARTICLE)
    await world.turn(SOON)
    assert await world.reads(ada) == before
    assert await world.reads(bob) == [], "who came later hears of the next one"


async def test_a_correction_makes_up_for_one_that_could_not_be_made(world: World) -> None:
    ada = await world.member()
    await world.shows(a=ARTICLE)
    await world.turn()
    await world.sandbox.post("faults", method="editMessageText", error_code=500, times=1)
    await world.shows(a=replace(ARTICLE, title="The title"))
    await world.turn(SOON)
    assert ["Teh title" in text for text in await world.reads(ada)] == [True]
    await world.turn(timedelta(minutes=1))
    assert ["The title" in text for text in await world.reads(ada)] == [True]


async def test_a_message_that_its_reader_deleted_is_let_go(world: World) -> None:
    ada = await world.member()
    await world.shows(a=ARTICLE)
    await world.turn()
    await world.sandbox.post(
        "faults", method="editMessageText", error_code=400, description="Bad Request: message to edit not found"
    )
    await world.shows(a=replace(ARTICLE, title="The title"))
    await world.turn(SOON)
    assert len(await world.reads(ada)) == 1
    assert NotificationState.QUEUED not in await world.states(AnnouncementKind.CORRECTED)


async def test_one_article_of_a_digest_is_corrected_and_another_struck_out(world: World) -> None:
    ada = await world.member(digest=Digest.DAILY, digest_hour=18)
    await world.shows(a=ARTICLE, b=post("b", "Other"), c=post("c", "Third"))
    await world.turn()
    assert await world.reads(ada) == []
    world.clock.move_to(MONDAY.replace(hour=18))
    await world.turn()
    (digest,) = await world.reads(ada)
    assert digest.startswith("🗞 Today's digest\n\n1. Teh title\n")
    await world.shows(a=replace(ARTICLE, title="The title"))
    await world.loses("b")
    await world.turn(SOON)
    (digest,) = await world.reads(ada)
    assert digest.startswith("🗞 Today's digest\n\n1. The title\n")
    assert "2. Other (withdrawn)\n3. Third\n" in digest


async def test_what_its_reader_asked_to_have_later_is_not_late(world: World) -> None:
    digests = await world.member(digest=Digest.DAILY, digest_hour=18)
    sleeps = await world.member(quiet_from=8 * 60, quiet_until=17 * 60)
    await world.shows(a=ARTICLE)
    await world.turn()
    world.clock.move_to(MONDAY.replace(hour=18))
    await world.turn()
    for chat in (digests, sleeps):
        (text,) = await world.reads(chat)
        assert text.startswith("📰 New article\n\nTeh title\n")
        assert "late" not in text


# --- Events ----------------------------------------------------------------------------------------------------------


async def test_a_corrected_event_is_corrected_in_its_news_and_in_its_reminder(world: World) -> None:
    ada = await world.member()
    await world.audience.remind(ada, ReminderRule(Offset(days=1)))
    await world.shows(talk=TALK)
    await world.turn()
    world.clock.move_to(datetime(2026, 3, 9, 10, 1, tzinfo=MONDAY.tzinfo))
    await world.turn()
    assert [text.splitlines()[0] for text in await world.reads(ada)] == ["📅 New event", "⏰ In 1 day: Tlak"]
    world.clock.move(timedelta(hours=6))
    await world.shows(talk=replace(TALK, title="Talk"))
    await world.turn(SOON)
    news, reminder = await world.reads(ada)
    assert "\n\nTalk\n" in news
    assert reminder.startswith("⏰ In 1 day: Talk\n"), "as it was when it was sent"
    assert await world.calls("sendMessage") == 2


async def test_a_moved_event_is_told_to_who_was_told_and_not_edited(world: World) -> None:
    ada = await world.member()
    await world.shows(talk=TALK)
    await world.turn()
    world.clock.move(timedelta(hours=1))
    await world.shows(talk=replace(TALK, starts=datetime(2026, 3, 11, 10), ends=datetime(2026, 3, 11, 11)))
    await world.turn(SOON)
    assert [text.splitlines()[0] for text in await world.reads(ada)] == ["📅 New event", "🔁 This event moved"]
    assert await world.calls("editMessageText") == 0


async def test_a_cancelled_event_says_that_no_reminder_comes(world: World) -> None:
    ada = await world.member()
    await world.audience.remind(ada, ReminderRule(Offset(days=1)))
    await world.shows(talk=TALK)
    await world.turn()
    await world.shows(talk=replace(TALK, status=EventStatus.CANCELLED))
    await world.turn(SOON)
    assert "You will not be reminded of it." in (await world.reads(ada))[-1]
    world.clock.move_to(datetime(2026, 3, 9, 10, 1, tzinfo=MONDAY.tzinfo))
    await world.turn()
    assert len(await world.reads(ada)) == 2
