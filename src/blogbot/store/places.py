"""Which calls begin, of those that are ready: one for a target, few for a host, and not all for those who may not answer. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from blogbot.model import ErrandKind


class Candidate(Protocol):
    """A row of the ledger; `attempts` are the calls made for it."""

    @property
    def kind(self) -> ErrandKind: ...
    @property
    def target(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def attempts(self) -> int: ...


@dataclass
class Places:
    """What room there is. Those in doubt, whom nobody knows yet or who took nothing the last time, have `doubted` places: so
    whoever has us call what never answers leaves room for those who listen."""

    room: int
    per_host: int
    doubted: int
    targets: set[str] = field(default_factory=set)
    _hosts: Counter[str] = field(default_factory=Counter)

    @property
    def full_hosts(self) -> set[str]:
        return {host for host, calls in self._hosts.items() if calls >= self.per_host}

    def occupy(self, under_way: Iterable[Candidate]) -> None:
        """What is under way has its place already; one of its `attempts` is that call."""
        for each in under_way:
            self._count(each, each.attempts - 1)

    def take(self, each: Candidate) -> bool:
        """Gives it a place, if there is one."""
        if self.room <= 0 or each.target in self.targets or self._hosts[each.host] >= self.per_host:
            return False
        if self.doubted <= 0 and in_doubt(each.kind, each.attempts):
            return False
        self.room -= 1
        self._count(each, each.attempts)
        return True

    def _count(self, each: Candidate, attempts: int) -> None:
        self.targets.add(each.target)
        self._hosts[each.host] += 1
        self.doubted -= in_doubt(each.kind, attempts)


def in_doubt(kind: ErrandKind, attempts: int) -> bool:
    return not kind.recurs or attempts > 0
