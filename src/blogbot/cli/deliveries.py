"""Commands on what is told: what waits, what failed, and what to do with it.

They look at the ledger and act on it; that something is sent again is the running bot's business. The forecast is loaded
only where it is needed, since delivery takes longer to load than most answers take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from blogbot.app.core import open_core
from blogbot.cli import output
from blogbot.cli.command import Json, Limit, bordered, cli, command
from blogbot.config import FREE_RATE, Settings, load
from blogbot.errors import BlogbotError, NotFoundError, UsageError
from blogbot.model import Announcement, Lane, NotificationState
from blogbot.store import Store, Transaction, Trouble
from blogbot.text import shown

deliveries = typer.Typer(
    help="What waits, what failed, and of what nobody knows whether it arrived.", invoke_without_command=True
)
cli.add_typer(deliveries, name="deliveries")

Key = tuple[int, int]
"""An announcement's id and a chat's, as the ledger knows them; written 12:345."""

What = Literal["retry", "drop"]

LARGEST = 2**63 - 1
TROUBLED = (NotificationState.FAILED, NotificationState.UNCERTAIN)


class State(StrEnum):
    """What `--state` takes."""

    FAILED = "failed"
    UNCERTAIN = "uncertain"


Keys = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY]...", help="Which, as `blogbot deliveries` lists them.")
]
Every = Annotated[bool, typer.Option("--all", help="All that failed or is uncertain.")]


@deliveries.callback()
@bordered
async def list_(
    context: typer.Context,
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """Messages that failed or are uncertain, the latest first, and what waits."""
    if context.invoked_subcommand is not None:
        return
    async with open_core(load()) as core:
        states = TROUBLED if state is None else (NotificationState(state),)
        overview = await _look(core.store, core.settings, limit, states)
    if as_json:
        output.print_json(_overview_json(overview))
    else:
        _print(overview)


@command(deliveries, "retry")
async def retry(keys: Keys = None, every: Every = False, as_json: Json = False) -> None:
    """Send again. What is uncertain may arrive twice; what is about a date that has begun stays as it is."""
    await _act("retry", keys, every, as_json)


@command(deliveries, "drop")
async def drop(keys: Keys = None, every: Every = False, as_json: Json = False) -> None:
    """Let go: these are not shown any more, and never sent."""
    await _act("drop", keys, every, as_json)


# --- What there is -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overview:
    """What waits, by lane; how long that takes at `rate` messages a second; what is in trouble, and what each is about."""

    waiting: Mapping[Lane, int]
    rate: float
    troubled: Sequence[Trouble]
    titles: Mapping[int, str]

    @property
    def total(self) -> int:
        return sum(self.waiting.values())


async def _look(store: Store, settings: Settings, limit: int, states: Sequence[NotificationState]) -> Overview:
    async with store.read() as tx:
        waiting = await tx.notifications.waiting()
        troubled = await tx.notifications.troubled(limit, states)
        titles = await _titles(tx, [each.announcement for each in troubled])
    return Overview(waiting, _rate(settings, waiting), troubled, titles)


def _rate(settings: Settings, waiting: Mapping[Lane, int]) -> float:
    """How many of those that wait go in a second, in the mean: unpaid lanes are slower where others are paid for."""
    from blogbot.delivery.forecast import backlog

    def of(lane: Lane) -> float:
        paid = not settings.paid_lanes or lane.name.lower() in settings.paid_lanes
        return settings.rate if paid else min(settings.rate, FREE_RATE)

    takes = backlog(waiting, of)
    return round(sum(waiting.values()) / takes, 1) if takes else settings.rate


async def _titles(tx: Transaction, announcements: Sequence[Announcement]) -> dict[int, str]:
    """What each announcement is about, by its id; those of which nothing is left are not in it."""
    posts = await tx.posts.many([each.post_id for each in announcements if each.post_id is not None])
    events = await tx.events.many([each.event_id for each in announcements if each.event_id is not None])
    found = {each.id: posts.get(each.post_id or 0) or events.get(each.event_id or 0) for each in announcements}
    return {number: about.title for number, about in found.items() if about is not None}


def _overview_json(overview: Overview) -> dict[str, Any]:
    from blogbot.delivery.forecast import length

    return {
        "waiting": {lane.name.lower(): overview.waiting.get(lane, 0) for lane in Lane if lane is not Lane.ANSWER},
        "seconds": round(length(overview.total, overview.rate) / timedelta(seconds=1), 1),
        "rate": overview.rate,
        "deliveries": [_trouble_json(each, overview.titles) for each in overview.troubled],
    }


def _trouble_json(trouble: Trouble, titles: Mapping[int, str]) -> dict[str, Any]:
    return {
        "key": _key(trouble),
        "state": str(trouble.state),
        "at": trouble.at.isoformat(),
        "chat": {"telegram_id": trouble.chat.telegram_id, "title": trouble.chat.title},
        "announcement": trouble.announcement.key,
        "kind": str(trouble.announcement.kind),
        "title": titles.get(trouble.announcement.id, ""),
        "lane": trouble.announcement.kind.lane.name.lower(),
        "attempts": trouble.attempts,
        "reason": trouble.reason,
    }


def _print(overview: Overview) -> None:
    from blogbot.delivery.forecast import told

    if overview.troubled:
        table = Table("When", "Key", "State", "Lane", "Tries", "Chat", "What", "Why", box=None, pad_edge=False, header_style="bold")  # fmt: skip
        for each in overview.troubled:
            what = f"{each.announcement.kind} {overview.titles.get(each.announcement.id, '')}".strip()
            table.add_row(
                each.at.strftime("%d %b %H:%M"), _key(each), str(each.state), each.announcement.kind.lane.name.lower(),
                str(each.attempts), escape(f"{each.chat.title} ({each.chat.telegram_id})"), escape(what), escape(each.reason),
            )  # fmt: skip
        output.out.print(table)
        output.err.print("`blogbot deliveries retry KEY...` sends them again, `drop KEY...` lets them go; or --all.")
    else:
        output.out.print("Nothing failed, and nothing is uncertain.")
    if overview.total:
        by_lane = ", ".join(f"{count:,} {lane.name.lower()}" for lane, count in sorted(overview.waiting.items()))
        output.out.print(f"Waiting: {told(overview.total, overview.rate)} ({by_lane}).", soft_wrap=True)
    else:
        output.out.print("Nothing waits.")


# --- What is done about it -----------------------------------------------------------------------------------------------


async def _act(what: What, keys: list[str] | None, every: bool, as_json: bool) -> None:
    if every == bool(keys):
        raise UsageError(f"Name some keys, or write --all: blogbot deliveries {what} KEY..., or {what} --all")
    chosen = None if every else list(dict.fromkeys(read_key(key) for key in keys or ()))
    async with open_core(load()) as core:
        done, left = await (_decide_all(core.store, what) if chosen is None else _decide(core.store, what, chosen))
    if as_json:
        output.print_json({"done": done, "left": left})
    else:
        output.out.print(f"{done:,} {'queued again' if what == 'retry' else 'dropped'}.")
    if left:
        raise BlogbotError(f"{left:,} stay as they are: they are about a date that has begun.")


async def _decide(store: Store, what: What, keys: Sequence[Key]) -> tuple[int, int]:
    """How many were acted on, and how many were not."""
    async with store.write() as tx:
        await _check(tx, keys)
        done = await _write(tx, what, keys, store.clock.now())
    return done, len(keys) - done


async def _decide_all(store: Store, what: What) -> tuple[int, int]:
    """The same of all that is in trouble, each page by itself, so that a bot that runs beside it never waits long."""
    done, seen, after = 0, 0, (0, 0)
    while True:
        async with store.write() as tx:
            page = await tx.notifications.in_trouble(after)
            done += await _write(tx, what, page, store.clock.now())
        if not page:
            return done, seen - done
        seen, after = seen + len(page), page[-1]


async def _write(tx: Transaction, what: What, keys: Sequence[Key], now: datetime) -> int:
    return await (tx.notifications.retry_by_hand if what == "retry" else tx.notifications.drop_by_hand)(keys, now)


async def _check(tx: Transaction, keys: Sequence[Key]) -> None:
    """All or none: a key that was mistyped must not be passed over in silence."""
    for announcement, chat in keys:
        found = await tx.notifications.message_of(announcement, chat)
        if found is None:
            raise NotFoundError(f"No message has the key {announcement}:{chat}; nothing was done.")
        if found[0] not in TROUBLED:
            raise BlogbotError(f"{announcement}:{chat} is {found[0]}, neither failed nor uncertain; nothing was done.")


def read_key(key: str) -> Key:
    """Raises UsageError for what is no key."""
    parts = key.split(":")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 20 for part in parts):
        raise UsageError(f"{shown(key)!r} is no key; one looks like 12:345, as `blogbot deliveries` lists them.")
    announcement, chat = (int(part) for part in parts)
    if max(announcement, chat) > LARGEST:
        raise NotFoundError(f"No message has the key {announcement}:{chat}; nothing was done.")
    return announcement, chat


def _key(trouble: Trouble) -> str:
    return f"{trouble.announcement.id}:{trouble.chat.id}"
