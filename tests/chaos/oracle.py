"""What arrived against what was due. It believes the sandbox's log, and of the ledger only what it says it did not send. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
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


@dataclass
class Verdict:
    """`lost`: due, not accepted, and nothing says why. `too_late`: the ledger says that it was not sent before the start.

    `doubles`: by kill, what was accepted again after it and before, each charged to the first kill between the two. `after_lost_reply`: accepted again
    because Telegram's answer never came. `unexplained`: neither. `repeated_news`: posts and events among all of them.
    `unanswered`: how many things were told in messages whose replies were lost, or came late.
    `late`: accepted at or after the event's start. `unread`: digests that do not name all they tell.
    `waits`: seconds from a restart to the next message of a chat that waited; None where none came.
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
    waits: list[tuple[int, float | None]] = field(default_factory=list)


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
) -> Verdict:
    """`calls` as the sandbox logged them. `allowed` may arrive, and need not. `begins` are the events' starts (Unix)."""
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
    verdict.waits = list(_waits(sent, kills))
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


def _waits(sent: Sequence[Sent], kills: Sequence[Kill]) -> Iterator[tuple[int, float | None]]:
    """For each chat that waited at a kill after which nobody was killed for a while."""
    heard: dict[int, list[float]] = defaultdict(list)
    for each in sent:
        heard[each.told[1]].append(each.at)
    for kill in kills:
        if kill.revived is not None:
            for chat in sorted(kill.waiting):
                following = next((at for at in heard[chat] if at > kill.at), None)
                yield chat, None if following is None else max(following - kill.revived, 0.0)


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
