"""How much memory blogbot needs with a million chats and ten thousand posts: a real `blogbot run`, in a process of its own.

It is looked at once it is ready and its feeds are written, after some hundred answers, and after a fan-out to all chats; it
sends thirty messages a second, so that nearly all of the million waits. Beside it a bare echo bot, in the same run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.answering import answering
from benchmarks.child import resident
from benchmarks.installation import installed, until
from benchmarks.people import gathered
from benchmarks.sandbox import open_crowd, sandbox
from benchmarks.table import Row, compared

QUESTIONS = ("/latest", "/tags", "/tag topic 1", "/search topic", "/next", "/events", "/following", "/settings")


@dataclass(frozen=True, slots=True)
class Size:
    """How many chats and posts there are, and what so many people ask, each of them so often."""

    chats: int = 1_000_000
    posts: int = 10_000
    people: int = 20
    questions: Sequence[str] = QUESTIONS
    rounds: int = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """Megabytes in memory at each moment, and the most at any time."""

    started: float
    answered: float
    fanned_out: float
    most: float


def rows(size: Size = Size()) -> list[Row]:
    """The measured rows; several minutes, most of it the making of posts and chats."""
    found, bare = _ours(size), _echo()
    what = f"{size.chats:,} chats and {size.posts:,} posts"
    moments = {
        f"memory with {what}, feeds written": found.started,
        f"the same after {size.people * size.rounds * len(size.questions)} answers": found.answered,
        f"the same after a fan-out to {size.chats:,} chats": found.fanned_out,
        "the most at any time": found.most,
    }
    return [compared(name, value, "MB", "bare echo bot", bare) for name, value in moments.items()]


def _ours(size: Size) -> Measured:
    with sandbox() as telegram, installed(size.chats, size.posts) as ours:
        asyncio.run(open_crowd(telegram, size.chats))
        with ours.running(telegram, RATE="30") as process:
            started = resident(process=process.pid)
            asyncio.run(_ask(telegram, size))
            answered = resident(process=process.pid)
            ours.publish()
            until(lambda: ours.notifications() == size.chats and bool(ours.notifications("sent")), process)
            return Measured(started, answered, resident(process=process.pid), resident("VmHWM", process.pid))


async def _ask(telegram: str, size: Size) -> None:
    """Some people ask everything, each waiting for an answer before the next question."""
    async with gathered(telegram) as people:

        async def one(chat: int) -> None:
            for question in [*size.questions] * size.rounds:
                await people.ask(chat, question)

        await asyncio.gather(*(one(chat) for chat in await people.join(size.people)))


def _echo() -> float:
    """A bare echo bot's megabytes, once it polls."""
    with sandbox() as telegram, answering("echo", telegram) as process:
        return resident(process=process.pid)
