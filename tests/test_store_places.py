"""Which calls begin: tables of what waits, and what of it gets a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from blogbot.model import ErrandKind
from blogbot.store.places import Places

PUSH, VERIFY, DENY = ErrandKind.PUSH, ErrandKind.VERIFY, ErrandKind.DENY


@dataclass
class Row:
    target: str
    kind: ErrandKind = PUSH
    attempts: int = 0

    @property
    def host(self) -> str:
        return self.target[0]


@pytest.mark.parametrize(
    ("under_way", "waiting", "taken"),
    [
        ([], ["a1", "b1", "c1", "d1", "e1"], ["a1", "b1", "c1", "d1"]),
        ([], ["a1", "a1", "b1"], ["a1", "b1"]),
        (["a1"], ["a1", "b1"], ["b1"]),
        ([], ["a1", "a2", "a3", "b1"], ["a1", "a2", "b1"]),
        (["a1"], ["a2", "a3", "b1"], ["a2", "b1"]),
        ([], [("a1", VERIFY), ("b1", DENY), ("c1", PUSH, 3), ("d1", VERIFY), "e1"], ["a1", "b1", "e1"]),
        ([("a1", PUSH, 2), ("b1", VERIFY, 1)], [("c1", VERIFY), "d1"], ["d1"]),
        ([("a1", PUSH, 1)], [("b1", VERIFY), ("c1", VERIFY), "d1"], ["b1", "c1", "d1"]),
    ],
)
def test_who_may_not_answer_leaves_room_for_others_as_does_one_host_and_one_target(
    under_way: list[Any], waiting: list[Any], taken: list[str]
) -> None:
    places = Places(room=4, per_host=2, doubted=2)
    places.occupy([Row(each, PUSH, 1) if isinstance(each, str) else Row(*each) for each in under_way])
    rows = [Row(each) if isinstance(each, str) else Row(*each) for each in waiting]
    assert [row.target for row in rows if places.take(row)] == taken
