"""When each message may go, decided without waiting: every test hands in the time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blogbot.bot.schedule import ChatKey, Limits, Schedule, Ticket
from blogbot.model import Lane

GROUP = -100


SECOND = 1.01
"""One second, with the margin."""


def play(
    schedule: Schedule,
    asked: Iterable[tuple[float, ChatKey, Lane]],
    late: Callable[[], float] = lambda: 0.0,
    stay: Callable[[float], float] = lambda _: 0.0,
) -> list[tuple[float, Ticket]]:
    """When every message left, in order, when they are asked for at the given times. Who has his turn leaves `stay` seconds
    later, or never where that is infinite and is given back; each is answered `late` seconds later than at its quickest."""
    coming = sorted(asked, key=lambda ask: ask[0])
    staying: list[tuple[float, Ticket]] = []
    turns: list[tuple[float, Ticket]] = []
    now = 0.0
    while True:
        while coming and coming[0][0] <= now:
            _, chat, lane = coming.pop(0)
            schedule.add(chat, lane, now)
        while True:
            for until, ticket in [one for one in staying if one[0] <= now]:
                staying.remove((until, ticket))
                schedule.leaves(ticket, now)
                schedule.landed(ticket, late())
                turns.append((now, ticket))
            taken = schedule.take(now)
            if taken is None:
                break
            if (long := stay(now)) < math.inf:
                staying.append((now + long, taken))
            else:
                schedule.give_back(taken, now)
        times = [
            schedule.next(now),
            coming[0][0] if coming else None,
            min((until for until, _ in staying), default=None),
        ]
        later = [when for when in times if when is not None]
        if not later:
            return turns
        assert min(later) > now, "a schedule that has nothing to give must name a later time"
        now = min(later)


def busiest(times: list[float], span: float) -> int:
    """The most turns that fall into any half-open span of time."""
    first = most = 0
    for last, time in enumerate(times):
        while times[first] <= time - span:
            first += 1
        most = max(most, last - first + 1)
    return most


def when(turns: list[tuple[float, Ticket]], chat: ChatKey) -> list[float]:
    return [time for time, ticket in turns if ticket.chat == chat]


@pytest.mark.parametrize("rate", [1, 30, 1000])
@pytest.mark.parametrize("lane", [Lane.ANSWER, Lane.POST])
def test_no_second_holds_more_than_the_rate_and_hardly_any_of_it_is_wasted(rate: int, lane: Lane) -> None:
    turns = play(Schedule(Limits(rate=rate)), [(0.0, chat, lane) for chat in range(1, rate * 10 + 1)])
    times = [time for time, _ in turns]
    assert busiest(times, 1.0) <= rate
    assert times[-1] <= 10 / 0.95


@pytest.mark.parametrize("rate", [0.5, 1.5, 19.4, 24.25])
def test_the_rate_need_not_be_whole(rate: float) -> None:
    turns = play(Schedule(Limits(rate=rate)), [(0.0, chat, Lane.POST) for chat in range(1, round(rate * 40) + 1)])
    times = [time for time, _ in turns]
    assert busiest(times, 1.0) <= math.ceil(rate)
    assert 0.95 * rate < (len(times) - 1) / times[-1] < rate


def test_the_rate_may_change_from_one_message_to_the_next() -> None:
    schedule = Schedule()
    for chat in range(1, 1000):
        schedule.add(chat, Lane.POST, 0.0)
    times: list[float] = []
    for rate, until in ((30, 10.0), (10, 20.0), (25, 30.0)):
        schedule.rate = rate
        began = len(times)
        while (now := schedule.next(times[-1] if times else 0.0) or 0.0) < until:
            ticket = schedule.take(now)
            assert ticket is not None
            schedule.leaves(ticket, now)
            schedule.landed(ticket, 0.0)
            times.append(now)
        assert busiest(times[began:], 1.0) <= rate
        assert len(times) - began >= 0.95 * rate * (10 - 1)
    assert busiest(times, 1.0) <= 30


def test_who_was_long_on_the_way_and_who_was_not_do_not_arrive_in_one_second() -> None:
    schedule = Schedule()
    ways = itertools.cycle([0.2, 0.0, 0.0, 0.07, 0.0])
    delays: list[float] = []

    def late() -> float:
        delays.append(next(ways))
        return delays[-1]

    turns = play(schedule, [(0.0, chat, Lane.ANSWER) for chat in range(1, 301)], late)
    arrived = sorted(time + delay for (time, _), delay in zip(turns, delays, strict=True))
    assert busiest(arrived, 1.0) <= 30
    assert turns[-1][0] < 300 / 30 * 1.25


def test_a_chats_second_begins_when_its_message_has_arrived() -> None:
    turns = play(Schedule(), [(0.0, 5, Lane.POST)] * 3, late=lambda: 0.1)
    assert when(turns, 5) == pytest.approx([0, SECOND + 0.1, 2 * (SECOND + 0.1)])


def test_what_is_not_answered_yet_may_still_be_on_its_way_for_a_while() -> None:
    schedule = Schedule(Limits(rate=1))
    schedule.add(5, Lane.POST, 0.0)
    schedule.add(6, Lane.POST, 0.0)
    ticket = schedule.take(0.0)
    assert ticket is not None
    schedule.leaves(ticket, 0.0)
    assert schedule.next(0.0) == pytest.approx(SECOND + 0.25)


def test_what_has_not_left_keeps_its_place_for_however_long() -> None:
    schedule = Schedule(Limits(rate=1))
    first, second = schedule.add(5, Lane.POST, 0.0), schedule.add(6, Lane.POST, 0.0)
    assert schedule.take(0.0) is first
    assert [schedule.take(99.0), schedule.next(99.0)] == [None, None]
    assert schedule.leaves(first, 100.0)
    schedule.landed(first, 0.0)
    assert schedule.next(100.0) == pytest.approx(100 + SECOND)
    assert schedule.take(100 + SECOND) is second


def test_what_has_not_left_holds_back_a_mailing_at_half_the_rate_and_answers_only_at_all_of_it() -> None:
    schedule = Schedule(Limits(rate=10))
    for chat in range(1, 21):
        schedule.add(chat, Lane.POST, 0.0)
    mailed = [schedule.take(float(second)) for second in range(20)]
    assert sum(ticket is not None for ticket in mailed) == 5
    for chat in range(101, 121):
        schedule.add(chat, Lane.ANSWER, 20.0)
    answers = [schedule.take(20.0) for _ in range(20)]
    assert sum(ticket is not None for ticket in answers) == 5


def test_one_who_never_leaves_costs_one_place_and_no_more() -> None:
    schedule = Schedule()
    stuck = schedule.add(5, Lane.POST, 0.0)
    assert schedule.take(0.0) is stuck
    turns = play(schedule, [(0.0, chat, Lane.POST) for chat in range(10, 310)])
    assert turns[-1][0] == pytest.approx(300 / 29, rel=0.05)
    schedule.give_back(stuck, 100.0)
    turns = play(schedule, [(100.0, chat, Lane.ANSWER) for chat in range(400, 430)])
    assert {time for time, _ in turns} == {100.0}


def test_a_chats_next_message_waits_until_its_last_has_left_but_an_answer_does_not() -> None:
    schedule = Schedule()
    first, second = schedule.add(5, Lane.POST, 0.0), schedule.add(5, Lane.POST, 0.0)
    assert schedule.take(0.0) is first
    assert schedule.take(10.0) is None
    answer = schedule.add(5, Lane.ANSWER, 10.0)
    assert schedule.take(10.0) is answer
    assert schedule.leaves(answer, 10.0)
    assert schedule.leaves(first, 20.0)
    assert schedule.take(20.0) is None
    assert schedule.next(20.0) == pytest.approx(20 + SECOND)
    assert schedule.take(20 + SECOND) is second


def test_a_group_s_minute_begins_when_its_message_leaves() -> None:
    schedule = Schedule()
    tickets = [schedule.add(GROUP, Lane.ANSWER, 0.0) for _ in range(3)]
    assert [schedule.take(0.0) for _ in tickets] == tickets
    for ticket in tickets:
        schedule.leaves(ticket, 30.0)
        schedule.landed(ticket, 0.0)
    turns = play(schedule, [(40.0, GROUP, Lane.ANSWER)] * 18)
    assert [time for time, _ in turns][-1] == pytest.approx(30 + 60 * 1.01)


@pytest.mark.parametrize("chat", [5, GROUP])
def test_a_turn_that_is_given_back_was_never_taken(chat: int) -> None:
    schedule = Schedule(Limits(rate=1))
    first, second = schedule.add(chat, Lane.ANSWER, 0.0), schedule.add(chat, Lane.ANSWER, 0.0)
    assert schedule.take(0.0) is first
    schedule.give_back(first, 0.1)
    assert schedule.taken(Lane.ANSWER, 0.2) == 0
    assert schedule.take(0.2) is second
    schedule.leaves(second, 0.2)
    schedule.give_back(first, 0.3)
    assert schedule.taken(Lane.ANSWER, 0.4) == 1


def test_it_knows_what_went_in_the_second_before_and_was_not_refused() -> None:
    schedule = Schedule()
    turns = play(schedule, [(0.0, chat, Lane.POST) for chat in range(1, 101)])
    assert schedule.taken(Lane.POST, 2.0) == pytest.approx(30, abs=1)
    before = schedule.taken(Lane.POST, 2.0)
    refused = next(ticket for time, ticket in turns if 1 < time < 2)
    schedule.refused(refused)
    assert schedule.taken(Lane.POST, 2.0) == before - 1


def test_while_enough_is_under_way_only_answers_go() -> None:
    schedule = Schedule()
    schedule.add(5, Lane.CHANGE, 0.0)
    schedule.add(6, Lane.ANSWER, 0.0)
    schedule.answers_only = True
    assert [ticket and ticket.chat for ticket in (schedule.take(0.0), schedule.take(0.5))] == [6, None]
    assert schedule.next(0.5) is None
    schedule.answers_only = False
    assert schedule.take(0.5) is not None


def test_only_lanes_that_are_paid_for_pass_the_free_rate() -> None:
    schedule = Schedule(Limits(rate=300, free=30, paid=frozenset({Lane.POST})))
    posts = [(0.0, chat, Lane.POST) for chat in range(1, 1501)]
    changes = [(0.0, 10_000 + chat, Lane.CHANGE) for chat in range(150)]
    turns = play(schedule, posts + changes)
    times = [time for time, _ in turns]
    free = [time for time, ticket in turns if ticket.lane is Lane.CHANGE]
    assert busiest(times, 1.0) <= 300
    assert busiest(free, 1.0) <= 30
    assert times[-1] < 1650 / 300 * 1.05
    assert free[-1] < 150 / 30 * 1.05


def test_a_mailing_is_spread_evenly_over_the_second() -> None:
    turns = play(Schedule(), [(0.0, chat, Lane.POST) for chat in range(1, 91)])
    assert max(later - earlier for (earlier, _), (later, _) in pairwise(turns)) < 0.1


@pytest.mark.parametrize(
    ("chat", "lane", "count", "expected"),
    [
        (5, Lane.POST, 4, [0, 1, 2, 3]),
        (5, Lane.ANSWER, 6, [0, 0, 0, 1, 2, 3]),
        (GROUP, Lane.POST, 17, [*range(16), 60]),
        (GROUP, Lane.ANSWER, 21, [0, 0, 0, *range(1, 18), 60]),
        ("@channel", Lane.POST, 17, [*range(16), 60]),
    ],
)
def test_a_chat_hears_no_more_than_it_may(chat: ChatKey, lane: Lane, count: int, expected: list[float]) -> None:
    turns = play(Schedule(), [(0.0, chat, lane)] * count)
    assert when(turns, chat) == pytest.approx([SECOND * second for second in expected])


def test_a_mailing_pays_back_what_answers_ran_ahead() -> None:
    turns = play(Schedule(), [(0.0, 5, Lane.ANSWER)] * 3 + [(0.1, 5, Lane.POST)])
    assert when(turns, 5) == pytest.approx([0, 0, 0, 3 * SECOND])


def test_a_full_group_still_hears_answers() -> None:
    turns = play(Schedule(), [(0.0, GROUP, Lane.POST)] * 20 + [(30.0, GROUP, Lane.ANSWER)] * 3)
    assert [time for time, ticket in turns if ticket.lane is Lane.ANSWER] == pytest.approx([30.0, 30.0, 30.0])


def test_one_slow_chat_does_not_hold_up_another() -> None:
    turns = play(Schedule(), [(0.0, GROUP, Lane.POST)] * 40 + [(0.0, 6, Lane.DIGEST)])
    assert when(turns, 6)[0] < 0.1


@pytest.mark.parametrize("lane", list(Lane)[1:])
def test_an_answer_does_not_wait_behind_a_mailing(lane: Lane) -> None:
    bulk = [(0.0, chat, lane) for chat in range(1, 901)]
    answers = [(float(second) + 0.5, 1000 + second, Lane.ANSWER) for second in range(10)]
    turns = play(Schedule(), bulk + answers)
    for asked, chat, _ in answers:
        assert when(turns, chat)[0] - asked < 0.1


def test_the_higher_lane_goes_first_and_within_a_lane_the_earlier() -> None:
    lanes = [Lane.DIGEST, Lane.POST, Lane.CHANGE, Lane.POST, Lane.ANSWER, Lane.REMINDER]
    turns = play(Schedule(), [(0.0, chat, lane) for chat, lane in enumerate(lanes, 1)])
    assert [ticket.chat for _, ticket in turns] == [5, 3, 6, 2, 4, 1]


@pytest.mark.parametrize("lane", [Lane.ANSWER, Lane.CHANGE, Lane.POST])
def test_the_lowest_lane_gets_every_tenth_turn(lane: Lane) -> None:
    high = [(0.0, chat, lane) for chat in range(1, 1001)]
    turns = play(Schedule(), high + [(0.0, 5000 + chat, Lane.DIGEST) for chat in range(50)])
    digests = [place for place, (_, ticket) in enumerate(turns, 1) if ticket.lane is Lane.DIGEST]
    assert digests == [10 * turn for turn in range(1, 51)]


def test_an_answer_overtakes_what_waits_for_the_same_chat() -> None:
    turns = play(Schedule(), [(0.0, 5, Lane.POST)] * 3 + [(0.5, 5, Lane.ANSWER)])
    assert [(time, ticket.lane) for time, ticket in turns][1] == (0.5, Lane.ANSWER)


def test_a_pause_holds_its_chat_alone() -> None:
    schedule = Schedule()
    schedule.pause(5, until=7.0, now=0.0)
    schedule.pause(5, until=2.0, now=0.0)
    turns = play(schedule, [(0.0, 5, Lane.ANSWER), (0.0, 6, Lane.POST)])
    assert when(turns, 5) == [7.0]
    assert when(turns, 6) == [0.0]


def test_a_pause_holds_what_was_ready_already() -> None:
    schedule = Schedule()
    schedule.add(5, Lane.ANSWER, 0.0)
    schedule.pause(5, until=7.0, now=0.0)
    assert schedule.take(1.0) is None
    assert schedule.next(1.0) == 7.0
    assert schedule.take(7.0) is not None


def test_a_pause_for_everyone_ends_when_it_should_and_not_before() -> None:
    schedule = Schedule()
    schedule.pause(None, until=7.0, now=0.0)
    schedule.pause(None, until=3.0, now=0.0)
    turns = play(schedule, [(float(second), second + 1, Lane.ANSWER) for second in range(7)])
    assert {time for time, _ in turns} == {7.0}


def test_what_is_dropped_takes_no_turn() -> None:
    schedule = Schedule()
    tickets = [schedule.add(5, Lane.ANSWER, 0.0), schedule.add(5, Lane.POST, 0.0), schedule.add(6, Lane.POST, 0.0)]
    schedule.drop(tickets[0], 0.0)
    schedule.drop(tickets[2], 0.0)
    assert schedule.take(0.0) is tickets[1]
    assert schedule.take(100.0) is None
    assert schedule.next(100.0) is None


@pytest.mark.parametrize(
    ("chat", "lane", "until"), [(5, Lane.POST, SECOND), (5, Lane.ANSWER, -SECOND), (6, Lane.POST, None)]
)
def test_it_says_until_when_a_chat_is_held(chat: int, lane: Lane, until: float | None) -> None:
    schedule = Schedule()
    play(schedule, [(0.0, 5, Lane.POST)])
    assert schedule.held_until(chat, lane) == (until if until is not None else -math.inf, False)
    schedule.pause(None, 9.0, 0.0)
    assert schedule.held_until(chat, lane) == (9.0, True)


def test_quiet_chats_are_forgotten() -> None:
    schedule = Schedule()
    dropped = schedule.add(4, Lane.POST, 0.0)
    schedule.drop(dropped, 0.0)
    play(schedule, [(0.0, chat, Lane.POST) for chat in range(5, 300)] + [(0.0, GROUP, Lane.POST)] * 3)
    assert len(schedule) > 100
    schedule.take(200.0)
    assert len(schedule) == 0


asks = st.tuples(st.floats(0, 30), st.sampled_from([1, 2, 3, 4, 5, -1, -2, "@c"]), st.sampled_from(list(Lane)))


@settings(max_examples=100, deadline=None)
@given(st.lists(asks, max_size=150), st.floats(0.5, 40), st.sampled_from([0.0, 0.02, 0.5]))
def test_whatever_is_asked_the_limits_hold_and_everybody_gets_a_turn(
    asked: list[tuple[float, ChatKey, Lane]], rate: float, late: float
) -> None:
    turns = play(Schedule(Limits(rate=rate)), asked, lambda: late)
    assert len(turns) == len(asked)
    assert busiest([time for time, _ in turns], 1.0) <= math.ceil(rate)
    for chat in {chat for _, chat, _ in asked}:
        times = when(turns, chat)
        bulk = [time for time, ticket in turns if ticket.chat == chat and ticket.lane is not Lane.ANSWER]
        assert busiest(bulk, 0.999999) <= 1
        assert busiest(times, 0.999999) <= 3
        if isinstance(chat, str) or chat < 0:
            assert busiest(times, 60.0) <= 20


stalls = st.lists(st.tuples(st.floats(0, 30), st.floats(0, 5)), max_size=5)


@settings(max_examples=100, deadline=None)
@given(st.lists(asks, max_size=150), st.floats(0.5, 40), stalls, st.sets(st.integers(0, 149), max_size=20))
def test_whatever_is_slow_before_a_call_the_limits_hold_and_everybody_leaves(
    asked: list[tuple[float, ChatKey, Lane]], rate: float, slow: list[tuple[float, float]], withdrawn: set[int]
) -> None:
    turn = itertools.count()

    def stay(now: float) -> float:
        if next(turn) in withdrawn:
            return math.inf
        return max((when + long - now for when, long in slow if when <= now < when + long), default=0.0)

    turns = play(Schedule(Limits(rate=rate)), asked, stay=stay)
    assert len(turns) == len(asked) - sum(number in withdrawn for number in range(len(asked)))
    assert busiest([time for time, _ in turns], 1.0) <= math.ceil(rate)
    for chat in {chat for _, chat, _ in asked}:
        times = when(turns, chat)
        bulk = [time for time, ticket in turns if ticket.chat == chat and ticket.lane is not Lane.ANSWER]
        assert busiest(bulk, 0.999999) <= 1
        if isinstance(chat, str) or chat < 0:
            assert busiest(times, 60.0) <= 20
