"""Looks at everything that an operator can get wrong, and says in a sentence what is and what to do."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlsplit

from blogbot.bot import check_token
from blogbot.clock import Clock
from blogbot.config import Settings
from blogbot.errors import BlogbotError, SourceError
from blogbot.model import Validators
from blogbot.sources import Fetcher, open_source
from blogbot.store import Store
from blogbot.text import shown
from blogbot.websub import Caller

MANY = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """`note` is worth knowing and not wrong."""

    verdict: Literal["ok", "note", "wrong"]
    what: str


async def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order in which a person would set things up."""
    findings = [
        *_variables(),
        *await _database(settings),
        _feeds(settings),
        _address(settings),
        await _hub(settings),
        await _token(settings),
    ]
    return [*findings, *[finding async for finding in _sources(settings)]]


def _variables() -> list[Finding]:
    """A misspelt variable has no effect and says nothing; the doctor does."""
    known = {f"BLOGBOT_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("BLOGBOT_") and name not in known)
    return [Finding("note", f"{name} is no setting of blogbot and has no effect.") for name in unknown]


async def _database(settings: Settings) -> list[Finding]:
    try:
        store = await Store.open(settings.database_url, clock=Clock())
        try:
            problems = await store.check()
            notes = [] if problems else [*await _troubled(store), *await _owed(store)]
        finally:
            await store.close()
    except BlogbotError as error:
        return [Finding("wrong", str(error))]
    if problems:
        return [Finding("wrong", " ".join(problems))]
    return [Finding("ok", "The database is sound."), *notes]


async def _troubled(store: Store) -> list[Finding]:
    """That messages failed or are uncertain, counted as far as it is worth it."""
    async with store.read() as tx:
        count = len(await tx.notifications.troubled(MANY))
    if not count:
        return []
    many = f"{MANY:,} messages or more" if count >= MANY else f"{count:,} message{'' if count == 1 else 's'}"
    return [Finding("note", f"{many} failed, or nobody knows whether they arrived; `blogbot deliveries` lists them.")]


async def _owed(store: Store) -> list[Finding]:
    """That hubs or subscribers did not take what they were told."""
    async with store.read() as tx:
        count, why = await tx.errands.trouble()
    if not count:
        return []
    calls = f"{count:,} call{' waits' if count == 1 else 's wait'}"
    return [Finding("note", f"WebSub: {calls} for a hub or a subscriber to take it ({why}); they are tried again.")]


def _feeds(settings: Settings) -> Finding:
    folder = settings.feeds_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding("wrong", f"Feeds cannot be written to {folder}: {error.strerror}. Set BLOGBOT_FEEDS_DIR.")
    return Finding("ok", f"Feeds are written to {folder}.")


def _address(settings: Settings) -> Finding:
    if not settings.public_url:
        return Finding("note", "BLOGBOT_PUBLIC_URL is not set: the bot polls, and feeds have no address of their own.")
    if urlsplit(settings.public_url).scheme != "https":
        return Finding("wrong", "BLOGBOT_PUBLIC_URL is not https; Telegram's webhooks need it.")
    return Finding("ok", f"Pages, feeds and webhook are reached at {settings.public_url}.")


async def _hub(settings: Settings) -> Finding:
    """Whether the WebSub hub answers; anything that it says will do, since hubs expect other questions."""
    if not settings.hub:
        return Finding("note", "BLOGBOT_HUB is not set: feed readers look now and then, and hear of nothing at once.")
    async with Caller() as caller:
        answer = await caller.get(settings.hub_url)
    if settings.own_hub:
        return _own_hub(settings.hub_url, answer.status, answer.why)
    if not answer.status:
        return Finding(
            "wrong", f"The hub {shown(settings.hub_url)} cannot be reached: {answer.why}. Check BLOGBOT_HUB."
        )
    return Finding("ok", f"Changes are told to the hub {shown(settings.hub_url)}.")


def _own_hub(url: str, status: int, why: str) -> Finding:
    if not status:
        return Finding("note", f"blogbot's own hub {shown(url)} does not answer ({why}); `blogbot run` serves it.")
    if status != HTTPStatus.METHOD_NOT_ALLOWED:  # it takes forms, and no other question
        return Finding(
            "wrong", f"{shown(url)} is not blogbot's hub ({why}); does the reverse proxy lead all to blogbot?"
        )
    return Finding("ok", f"Subscribers are told of changes by the hub {shown(url)}.")


async def _token(settings: Settings) -> Finding:
    if settings.token is None:
        return Finding("note", "BLOGBOT_TOKEN is not set: everything but the bot works. @BotFather gives one.")
    try:
        username = await check_token(settings.token.get_secret_value(), settings.api_url)
    except BlogbotError as error:
        return Finding("wrong", f"{settings.api_url} says: {error}")
    return Finding("ok", f"The token is that of @{username}.")


async def _sources(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.sources:
        yield Finding("note", "No [[sources]] in blogbot.toml: content comes in by `blogbot import` alone.")
    async with Fetcher() as fetcher:
        for source in settings.sources:
            try:
                opened = open_source(source, timezone=settings.timezone, fetcher=fetcher, base=settings.site_url)
                look = await opened.look(Validators())
            except SourceError as error:
                yield Finding("wrong", f"Source {source.label}: {error}")
            else:
                yield Finding("ok", f"Source {source.label}: {len(look.entries or ())} entries.")
