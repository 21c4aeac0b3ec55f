"""How long calls take: what hangs, what stands in each other's way and what belongs to the start is not taken for usual."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from blogbot.bot.latency import EARLY, OF_MANY, OF_SO_MANY, UNUSUAL, Quickest, Usual


@pytest.mark.parametrize(
    ("took", "known"),
    [
        ([], 0.0),
        ([0.3], 0.3),
        ([0.3, 0.1], 0.1),
        ([0.1, *[0.2] * OF_SO_MANY], 0.1),
        ([0.1, *[0.2] * 2 * OF_SO_MANY], 0.2),
    ],
)  # fmt: skip
def test_the_quickest_is_that_of_late(took: Sequence[float], known: float) -> None:
    quickest = Quickest()
    for seconds in took:
        quickest.note(seconds)
    assert quickest.seconds == known


@pytest.mark.parametrize(
    ("took", "usual"),
    [
        ([0.1] * (EARLY - 1), 0.0),
        ([0.1] * EARLY, 0.1),
        ([*[0.1] * 100, 0.2], 0.11),
        ([*[0.1] * 100, 60.0], UNUSUAL * 0.1),
        ([*[0.1] * 100, *[0.9] * 100], UNUSUAL * 0.1),
        ([*[0.1] * 100, *[0.9] * 2 * OF_MANY], 0.9),
    ],
)  # fmt: skip
def test_what_is_usual_is_the_mean_but_little_longer_than_the_quickest(took: Sequence[float], usual: float) -> None:
    calls = Usual()
    for seconds in took:
        calls.note(seconds)
    assert calls.seconds == pytest.approx(usual)
