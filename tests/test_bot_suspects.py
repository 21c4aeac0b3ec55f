"""Whose limit a refusal speaks of."""

from __future__ import annotations

import pytest

from blogbot.bot.schedule import ChatKey
from blogbot.bot.suspects import Finding, Refusal, Suspects

Told = list[tuple[float, ChatKey]]


def refusal(time: float, chat: ChatKey, *, seconds: float = 10.0, full: float = 0.05, taken: float = 20.0) -> Refusal:
    return Refusal(chat, time - 0.1, time, seconds, full, taken)


def found(suspects: Suspects, told: Told) -> list[Finding | None]:
    return [suspects.refused(refusal(time, chat)) for time, chat in told]


@pytest.mark.parametrize(
    ("refusals", "everyone"),
    [
        ([(0.0, 5)], [None]),
        ([(0.0, 5), (1.0, 5)], [None, None]),
        ([(0.0, 5), (1.0, 6)], [None, 10.0]),
        ([(0.0, 5), (11.0, 6)], [None, None]),
        ([(0.0, -5), (1.0, -6), (2.0, -7), (3.0, "@c")], [None] * 4),
        ([(0.0, -5), (1.0, 6)], [None, None]),
    ],
)
def test_one_chat_or_any_number_of_groups_never_halt_the_bot(refusals: Told, everyone: list[float | None]) -> None:
    findings = found(Suspects(), refusals)
    assert [finding and finding.until for finding in findings] == everyone


@pytest.mark.parametrize(("started", "expected"), [(0.5, Finding()), (-0.5, Finding(10.0, 20.0))])
def test_what_was_accepted_after_a_refusal_says_that_not_everyone_is_refused(started: float, expected: Finding) -> None:
    suspects = Suspects()
    suspects.refused(refusal(0.0, 5))
    suspects.accepted(started)
    assert suspects.refused(refusal(1.0, 6)) == expected


@pytest.mark.parametrize(
    ("refusals", "expected"),
    [
        ([(0.0, 5)], False),
        ([(0.0, 5), (30.0, 5)], False),
        ([(0.0, 5), (30.0, 6)], True),
        ([(0.0, 5), (70.0, 6)], False),
        ([(0.0, -5), (9.0, -6)], True),
        ([(0.0, -5), (9.0, -5)], False),
        ([(0.0, -5), (9.0, "@c")], True),
        ([(0.0, -5), (11.0, -6)], False),
        ([(0.0, 5), (9.0, -6)], False),
    ],
)
def test_two_chats_of_a_kind_within_some_time_say_that_the_rate_is_a_little_too_high(
    refusals: Told, expected: bool
) -> None:
    suspects = Suspects()
    findings = []
    for time, chat in refusals:
        findings.append(suspects.refused(refusal(time, chat, seconds=1.0)))
        suspects.accepted(time + 0.5)
    assert findings == [None] * (len(refusals) - 1) + [Finding() if expected else None]


def test_groups_refused_one_after_the_other_show_where_the_limit_is_and_nobody_else_waits() -> None:
    assert found(Suspects(), [(0.0, -5), (0.1, -6)]) == [None, Finding(None, 20.0)]


@pytest.mark.parametrize(("full", "seconds"), [(0.3, 5.0), (1.0, 5.0), (0.05, 61.0)])
def test_what_may_be_a_group_s_own_tells_nothing_of_the_rate(full: float, seconds: float) -> None:
    suspects = Suspects()
    for chat in range(-20, 0):
        assert suspects.refused(refusal(1.0, chat, full=full, seconds=seconds)) is None


def test_groups_that_were_being_called_when_the_rate_was_found_too_high_tell_nothing_new() -> None:
    suspects = Suspects()
    assert found(suspects, [(0.0, -5), (0.01, -6), (0.02, -7), (0.03, -8)])[1:] == [Finding(None, 20.0), None, None]
    assert found(suspects, [(0.2, -9), (0.3, -10)]) == [None, Finding(None, 20.0)]


def test_a_refusal_of_everyone_does_not_count_again() -> None:
    suspects = Suspects()
    assert found(suspects, [(0.0, 5), (1.0, 6)]) == [None, Finding(10.0, 20.0)]
    assert suspects.refused(refusal(11.0, 7)) is None


def test_it_is_told_what_was_taken_before_the_first_of_them() -> None:
    suspects = Suspects()
    suspects.refused(refusal(0.0, 5, taken=25))
    assert suspects.refused(refusal(0.1, 6, taken=24)) == Finding(10.0, 25)
