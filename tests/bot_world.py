"""A whole conversation in one process: the sandbox's Telegram over HTTP, the bot polling it, and a store with content.

`open_world` starts it; a test then speaks and taps as a person does, and reads what the bot says. Nothing of blogbot is
replaced, and nothing sleeps: `say` and `tap` return when the bot has worked on what they sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import aiohttp
from telegram import Update

from blogbot import ical
from blogbot.audience import Audience
from blogbot.blog import Blog
from blogbot.bot.application import UPDATES, create_bot
from blogbot.bot.limiter import Lanes
from blogbot.bot.poller import Poller
from blogbot.bot.processor import ChatsInOrder, handle
from blogbot.bot.request import AiohttpRequest
from blogbot.bot.schedule import Limits
from blogbot.clock import MovableClock
from blogbot.model import Chat, Event, EventItem, EventStatus, Origin, Post, PostItem, Site, Tag
from blogbot.sandbox import create_sandbox, serve
from blogbot.store import PostRecord, Store
from blogbot.text import plain, slug, words

TOKEN = "123456:a-token-for-the-tests"
SITE = Site("Helping Hands", "https://helping.example.org", timezone="Europe/London")
ADA = 1001
GROUP = -2002
PATIENCE = 20.0  # seconds until a test that waits in vain fails
NO_WAITING = Limits(rate=10_000, spacing=0.0, burst=10_000, group=10_000, group_reserve=0)

Sent = dict[str, Any]  # the Bot API's Message


@dataclass
class World:
    """The sandbox, the bot, and what they stand on."""

    store: Store
    clock: MovableClock
    blog: Blog
    audience: Audience
    application: Any
    http: aiohttp.ClientSession
    done: asyncio.Queue[Update]
    seen: dict[int, int] = field(default_factory=dict)
    own: set[tuple[int, int]] = field(default_factory=set)

    @property
    def bot(self) -> Any:
        """python-telegram-bot's bot, which speaks to the sandbox."""
        return self.application.bot

    # --- As a person ---

    async def say(
        self, words: str, chat: int = ADA, *, user: Any = None, reply_to: int = 0, updates: int = 1
    ) -> list[Sent]:
        """Writes into a chat, and gives what the bot said to it. `updates` is how many messages Telegram makes of it."""
        body: dict[str, Any] = {"text": words}
        if user is not None:
            body["user"] = user
        if reply_to:
            body["reply_to_message_id"] = reply_to
        written = await self.post(f"/sandbox/chats/{chat}/messages", body)
        self.own.add((chat, written["message_id"]))
        await self.settled(updates)
        return await self.heard(chat)

    async def ask(self, words: str, chat: int = ADA, *, reply_to: int = 0) -> Sent:
        """Writes into a chat, and gives the bot's only answer."""
        answers = await self.say(words, chat, reply_to=reply_to)
        assert len(answers) == 1, f"{words!r} was answered {len(answers)} times"
        return answers[0]

    async def tap(self, message: Sent, label: str, chat: int = ADA) -> list[Sent]:
        """Taps the button with this label, and gives what the bot said anew."""
        data = next(button["callback_data"] for button in buttons(message) if button["text"] == label)
        return await self.tap_data(message, data, chat)

    async def tap_data(self, message: Sent, data: str, chat: int = ADA) -> list[Sent]:
        await self.post(f"/sandbox/chats/{chat}/taps", {"message_id": message["message_id"], "data": data})
        await self.settled()
        return await self.heard(chat)

    async def now_reads(self, message: Sent, chat: int = ADA) -> Sent:
        """A message as it stands after edits."""
        messages: list[Sent] = await self.get(f"/sandbox/chats/{chat}/messages?after={message['message_id'] - 1}")
        return messages[0]

    async def toasts(self, chat: int = ADA) -> list[str]:
        """The lines that the bot showed over a chat, in answer to taps."""
        return [toast.get("text", "") for toast in await self.get(f"/sandbox/chats/{chat}/toasts")]

    async def person(self) -> int:
        """Another person, who has not spoken yet: the id of their chat."""
        chat: int = (await self.post("/sandbox/chats", {"type": "private", "title": "Somebody"}))["id"]
        return chat

    # --- Underneath ---

    async def heard(self, chat: int = ADA) -> list[Sent]:
        """What the bot said in a chat since the last time."""
        messages: list[Sent] = await self.get(f"/sandbox/chats/{chat}/messages?after={self.seen.get(chat, 0)}")
        if messages:
            self.seen[chat] = messages[-1]["message_id"]
        return [message for message in messages if self._is_bots(message, chat)]

    def _is_bots(self, message: Sent, chat: int) -> bool:
        """Whether the bot said it; a channel's posts name nobody, so there it is what was not ours."""
        author = message.get("from")
        return author["is_bot"] if author is not None else (chat, message["message_id"]) not in self.own

    async def settled(self, updates: int = 1) -> list[Update]:
        """Waits until the bot has worked on so many updates."""
        async with asyncio.timeout(PATIENCE):
            return [await self.done.get() for _ in range(updates)]

    async def chat(self, telegram_id: int = ADA) -> Chat:
        """The chat as the audience keeps it."""
        async with self.store.read() as tx:
            found = await tx.chats.by_telegram(telegram_id)
        assert found is not None
        return found

    async def post(self, path: str, body: Any) -> Any:
        async with self.http.post(path, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def get(self, path: str) -> Any:
        async with self.http.get(path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


@asynccontextmanager
async def open_world(store: Store, clock: MovableClock, site: Site = SITE) -> AsyncIterator[World]:
    """The sandbox and a bot that polls it, with one private chat (ADA) and one group (GROUP)."""
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(_sandbox(clock))
        http = await stack.enter_async_context(aiohttp.ClientSession(address))
        blog, audience = Blog(store, clock), Audience(store, clock)
        application = create_bot(
            token=TOKEN,
            api_url=address.rstrip("/"),
            blog=blog,
            audience=audience,
            site=site,
            clock=clock,
            feeds_dir="feeds",
            request=AiohttpRequest(),
            updates_request=AiohttpRequest(),
            limiter=Lanes(NO_WAITING),
            processor=ChatsInOrder(),
        )
        done: asyncio.Queue[Update] = asyncio.Queue()
        await stack.enter_async_context(_polling(application, done))
        world = World(store, clock, blog, audience, application, http, done)
        await world.post("/sandbox/chats", {"type": "private", "id": ADA, "title": "Ada"})
        await world.post("/sandbox/chats", {"type": "group", "id": GROUP, "title": "Friends"})
        yield world


@asynccontextmanager
async def _sandbox(clock: MovableClock) -> AsyncIterator[str]:
    """Serves the sandbox, whose time is the clock's; gives its address."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    app = create_sandbox(now=lambda: clock.now().timestamp())
    server = asyncio.create_task(serve(app=app, on_ready=ready.set_result, stop=stop))
    try:
        yield await ready
    finally:
        stop.set()
        await server


@asynccontextmanager
async def _polling(application: Any, done: asyncio.Queue[Update]) -> AsyncIterator[None]:
    """Polls for the bot, and tells of each update once it is worked on."""
    work = handle(application)

    async def told(update: Update) -> None:
        await work(update)
        done.put_nowait(update)

    async with application:
        await application.start()
        poller = Poller(application.bot, told, allowed_updates=UPDATES)
        polling = asyncio.create_task(poller.run())
        try:
            yield
        finally:
            await poller.stop()
            await polling
            await application.stop()


# --- Content ---


async def keep_post(store: Store, clock: MovableClock, title: str, **fields: Any) -> Post:
    """Keeps an article. `tags` are names; `days` is how long ago it was published; `related` are posts."""
    tags = tuple(Tag(slug(name), name) for name in fields.get("tags", ()))
    suggested = tuple(Tag(slug(name), name) for name in fields.get("suggested", ()))
    html = fields.get("html", f"<p>All about {title}.</p>")
    key = slug(title)
    item = PostItem(
        key, key, title, html, url=fields.get("url", ""), authors=tuple(fields.get("authors", ("Jane Doe",)))
    )
    now = clock.now()
    published = now - timedelta(days=fields.get("days", 1))
    async with store.write() as tx:
        kept = PostRecord(
            item,
            slug=await tx.posts.free_slug(key),
            summary=fields.get("summary", f"A summary of {title}."),
            published=published,
            updated=published,
            tags=tags,
            suggested=suggested,
            terms=dict.fromkeys(words(title), 1),
            text=plain(html),
        )
        (post,) = (await tx.posts.many([await tx.posts.insert(kept)])).values()
        related: Sequence[Post] = fields.get("related", ())
        if related:
            await tx.posts.save_related({post.id: [(other.id, Origin.CURATED, 1.0) for other in related]})
    return post


async def keep_event(
    store: Store, clock: MovableClock, title: str, starts: datetime | date, ends: datetime | date, **fields: Any
) -> Event:
    """Keeps an event and its dates of the coming and the past year. `starts` and `ends` are local to its zone."""
    timezone = fields.pop("timezone", "Europe/London")
    tags = tuple(Tag(slug(name), name) for name in fields.pop("tags", ()))
    item = EventItem(f"{slug(title)}@helping.example.org", title, starts, ends, timezone, **fields)
    now = clock.now()
    after, before = now - timedelta(days=365), now + timedelta(days=365)
    async with store.write() as tx:
        event = await tx.events.insert(item, title=title, tags=tags, now=now)
        dates = ical.occurrences(event, after, before, now)
        await tx.events.save_occurrences(event.id, dates, now, after=after, before=before)
    return event


async def cancel_event(store: Store, clock: MovableClock, event: Event) -> None:
    """Marks every date of an event as cancelled."""
    now = clock.now()
    item = EventItem(event.uid, event.title, event.starts, event.ends, event.timezone, status=EventStatus.CANCELLED)
    after, before = now - timedelta(days=365), now + timedelta(days=365)
    async with store.write() as tx:
        changed = await tx.events.update(event.id, item, title=event.title, tags=(), now=now)
        dates = ical.occurrences(changed, after, before, now)
        await tx.events.save_occurrences(event.id, dates, now, after=after, before=before)


LONG = " ".join(f"This is sentence number {n} of a long article." for n in range(400))


@dataclass
class Content:
    """What the site of the sample has published."""

    newest: Post
    reading: Post
    meeting: Event
    holiday: Event


async def keep_sample(store: Store, clock: MovableClock) -> Content:
    """Twelve articles, of which two are special; an event in ten days, one of all day, one that is over."""
    for n in range(10):
        await keep_post(store, clock, f"Filler number {n}", days=20 + n, tags=["Research"])
    topics = ["Youth work", "Prevention"]
    reading = await keep_post(
        store, clock, "A long read", days=5, html=f"<p>{LONG}</p>", tags=topics, authors=["Ali Baba"]
    )
    address = "https://helping.example.org/mentoring"
    newest = await keep_post(store, clock, "Mentoring pays", url=address, tags=["Youth work"], related=[reading])
    start = datetime(2026, 3, 12, 10, 0)
    meeting = await keep_event(store, clock, "Spring meeting", start, start + timedelta(hours=1), location="Town hall")
    holiday = await keep_event(store, clock, "Open days", date(2026, 3, 20), date(2026, 3, 22))
    over = datetime(2026, 1, 12, 18, 0)
    await keep_event(store, clock, "Winter talk", over, over + timedelta(hours=1))
    return Content(newest, reading, meeting, holiday)


# --- Reading ---


def buttons(message: Sent) -> list[dict[str, Any]]:
    """The buttons under a message, row by row."""
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


def labels(message: Sent) -> list[str]:
    """What is written on them."""
    return [button["text"] for button in buttons(message)]
