"""What arrived against what was due. It believes the sandbox's log, and of the ledger only what it says it did not send. Pure."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Told = tuple[str, int]  # what ("Post 7", "Event 2", "Reminder 2"), and the Telegram id of the chat

CHANGES = ("🔁", "❌", "✅")
REMINDS, DIGEST, AND_MORE = "⏰", "🗞", "… and "


@dataclass(frozen=True, slots=True)
class Kill:
    """`at`: Unix. `under_way`: how many calls the ledger held for begun, which carried so many things `in_doubt`. `waiting`: the chats for which something was queued.

    `revived`: from when on a process was there to send to them, where none was killed for long enough after that.
    """

    at: float
    processes: int = 1
    under_way: int = 0
    in_doubt: int = 0
    waiting: frozenset[int] = frozenset()
    revived: float | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a chat that waited at a kill was told nothing after the restart: to its first message, or to the next kill.

    `idle`: the seconds of it that were not needed for what others were told meanwhile, at the full rate. Who stands far behind
    in a long queue waits by right.
    """

    chat: int
    seconds: float
    idle: float


@dataclass
class Verdict:
    """`lost`: due, not accepted, and nothing says why. `too_late`: the ledger says that it was not sent before the start.

    `doubles`: by kill, what was accepted again after it and before, each charged to the first kill between the two. `after_lost_reply`: accepted again
    because Telegram's answer never came. `unexplained`: neither. `repeated_news`: posts and events among all of them.
    `unanswered`: how many things were told in messages whose replies were lost, or came late.
    `late`: accepted at or after the event's start. `unread`: digests that do not name all they tell.
    `firsts`: after each restart, the seconds to the first message of all; None where none came before the next kill.
    """

    due: int
    arrived: int = 0
    lost: list[Told] = field(default_factory=list)
    too_late: list[Told] = field(default_factory=list)
    strange: list[Told] = field(default_factory=list)
    doubles: list[int] = field(default_factory=list)
    unanswered: int = 0
    after_lost_reply: int = 0
    unexplained: list[Told] = field(default_factory=list)
    repeated_news: list[Told] = field(default_factory=list)
    uncertain: int = 0
    in_vain: int = 0
    late: list[Told] = field(default_factory=list)
    unread: int = 0
    firsts: list[float | None] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sent:
    told: Told
    at: float
    reply: str
    """What a fault did to its answer: "lost", "late" or ""."""


def judge(
    calls: Sequence[dict[str, Any]],
    due: Iterable[Told],
    *,
    allowed: Iterable[Told] = (),
    uncertain: Iterable[Told] = (),
    expired: Iterable[Told] = (),
    begins: dict[int, float] | None = None,
    kills: Sequence[Kill] = (),
    rate: float = math.inf,
) -> Verdict:
    """`calls` as the sandbox logged them. `allowed` may arrive, and need not. `begins` are the events' starts (Unix); `rate`
    is how many messages a second may be sent.
    """
    messages = [call for call in calls if call["method"].lower() == "sendmessage"]
    sent = list(_sent(messages))
    wanted, doubted = set(due), set(uncertain)
    counted = {each.told for each in sent}
    missing = wanted - counted - doubted
    verdict = Verdict(len(wanted), len(counted))
    verdict.too_late = sorted(missing & set(expired))
    verdict.lost = sorted(missing - set(expired))
    verdict.strange = sorted(counted - wanted - set(allowed))
    verdict.uncertain, verdict.in_vain = len(doubted), len(doubted - counted)
    verdict.late = [each.told for each in sent if each.at >= _start(each.told, begins or {})]
    verdict.unread = sum(_text(each).startswith(DIGEST) and AND_MORE in _text(each) for each in messages)
    verdict.unanswered = sum(each.reply != "" for each in sent)
    _count_doubles(verdict, sent, kills)
    _time_restarts(verdict, messages, kills, rate)
    return verdict


def _count_doubles(verdict: Verdict, sent: Sequence[Sent], kills: Sequence[Kill]) -> None:
    after: Counter[int] = Counter()
    before: dict[Told, Sent] = {}
    for each in sent:
        last = before.get(each.told)
        before[each.told] = each
        if last is None:
            continue
        if not each.told[0].startswith("Reminder"):
            verdict.repeated_news.append(each.told)
        between = next((number for number, kill in enumerate(kills) if last.at < kill.at <= each.at), None)
        if last.reply == "lost" or (last.reply and between is None):  # late: longer than the app had patience
            verdict.after_lost_reply += 1
        elif between is None:
            verdict.unexplained.append(each.told)
        else:
            after[between] += 1
    verdict.doubles = [after[number] for number in range(len(kills))]


def _time_restarts(verdict: Verdict, messages: Sequence[dict[str, Any]], kills: Sequence[Kill], rate: float) -> None:
    """After each kill on which a process was left in peace for a while, if anyone waited at it."""
    for kill, following in zip(kills, [*kills, None][1:], strict=True):
        if kill.revived is not None and kill.waiting:
            end = following.at if following else math.inf
            told = [
                (float(call["at"]), int(call["params"]["chat_id"])) for call in messages if kill.at < call["at"] <= end
            ]
            verdict.firsts.append(max(told[0][0] - kill.revived, 0.0) if told else None)
            verdict.waits += _waits(kill.waiting, kill.revived, end, told, rate)


def _waits(
    waiting: Iterable[int], revived: float, end: float, told: Sequence[tuple[float, int]], rate: float
) -> Iterator[Wait]:
    moments = [at for at, _ in told if at > revived]
    first = {chat: at for at, chat in reversed(told)}
    for chat in sorted(waiting):
        at = first.get(chat, end)
        seconds = max(at - revived, 0.0)
        yield Wait(chat, seconds, max(seconds - bisect_left(moments, at) / rate, 0.0))


def _sent(messages: Sequence[dict[str, Any]]) -> Iterator[Sent]:
    for call in messages:
        text, chat = _text(call), int(call["params"]["chat_id"])
        for what in sorted(set(re.findall(r"(?:Post|Event) \d+", text))):
            yield Sent((_kind(text, what), chat), float(call["at"]), call.get("reply", ""))


def _kind(text: str, what: str) -> str:
    """What a message says of an event: that there is one, that it changed, that it begins soon."""
    if text.startswith(REMINDS):
        return what.replace("Event", "Reminder")
    return what.replace("Event", "Change") if text.startswith(CHANGES) else what


def _start(told: Told, begins: dict[int, float]) -> float:
    kind, _, number = told[0].partition(" ")
    return float("inf") if kind == "Post" else begins.get(int(number), float("inf"))


def _text(call: dict[str, Any]) -> str:
    return str(call["params"].get("text", ""))
