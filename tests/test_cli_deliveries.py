"""`blogbot deliveries` as an operator or a program calls it, on a ledger with something in trouble."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest

from blogbot.cli import output
from blogbot.cli.deliveries import read_key
from blogbot.clock import Clock
from blogbot.errors import UsageError
from blogbot.model import AnnouncementKind, Follow, FollowKind, Offset, ReminderRule
from blogbot.store import Store
from blogbot.store.outcomes import Outcomes
from tests.shell import Inside, Shell
from tests.store_samples import DAY, HOUR, MINUTE, add_chat, add_dates, add_event, add_post, announce, date_of, fan_out

FOLLOWER = Follow(FollowKind.EVERYTHING)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder without anything in trouble."""
    return Inside(tmp_path)


@pytest.fixture
def troubled(shell: Shell) -> Shell:
    """A post for four chats: one message failed, one is uncertain, two wait."""
    asyncio.run(fill(shell))
    return shell


async def fill(shell: Shell) -> None:
    now = Clock().now()
    store = await Store.open(f"sqlite:///{shell.folder}/blogbot.db", clock=Clock())
    await store.upgrade()
    async with store.write() as tx:
        for telegram_id in (101, 102, 103, 104):
            await add_chat(tx, telegram_id, FOLLOWER, at=now - DAY)
        post = await add_post(tx, "loaf", item={"title": "The [bold]loaf[/]"})
        await fan_out(tx, await announce(tx, "post:1", post_id=post.id, due=now - MINUTE, expires=now + HOUR), now)
        parcels = await tx.notifications.lease(now, 2, now + MINUTE)
        await tx.notifications.begin(parcels, now)
        await tx.notifications.failed(parcels[0], "Bad Request: chat not found [x]", now - 5 * MINUTE)
        await tx.notifications.uncertain(parcels[1], "the connection broke", now)
    await store.close()


def states(shell: Shell) -> list[str]:
    """The state of each chat's notification."""
    with sqlite3.connect(shell.folder / "blogbot.db") as database:
        return [row[0] for row in database.execute("SELECT state FROM notifications ORDER BY chat_id")]


# --- Looking ---------------------------------------------------------------------------------------------------------


def test_a_program_reads_what_is_in_trouble_and_what_waits(troubled: Shell) -> None:
    found = troubled.json("deliveries")
    assert found["waiting"] == {"change": 0, "reminder": 0, "post": 2, "digest": 0}
    assert (found["rate"], found["seconds"]) == (30, 0.1)
    uncertain, failed = found["deliveries"]
    assert datetime.fromisoformat(failed.pop("at")).tzinfo == UTC
    assert failed == {
        "key": "1:1",
        "state": "failed",
        "chat": {"telegram_id": 101, "title": "chat 101"},
        "announcement": "post:1",
        "kind": "post",
        "title": "The [bold]loaf[/]",
        "lane": "post",
        "attempts": 1,
        "reason": "Bad Request: chat not found [x]",
    }
    assert (uncertain["key"], uncertain["state"], uncertain["reason"]) == ("1:2", "uncertain", "the connection broke")


def test_the_real_command_gives_one_document_and_nothing_else(troubled: Shell) -> None:
    assert len(Shell(troubled.folder).json("deliveries")["deliveries"]) == 2


def test_a_person_reads_the_same_in_words(troubled: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    # A console takes its width from the environment once, as it is made: whichever test came first has decided it.
    monkeypatch.setattr(output.out, "width", 250)
    done = troubled.run("deliveries")
    for words in ("1:1", "1:2", "The [bold]loaf[/]", "chat not found [x]", "chat 102 (102)", "uncertain"):
        assert words in done.stdout
    assert "Waiting: 2 chats, 0 s at 30/s (2 post)." in done.stdout
    assert "retry KEY" in done.stderr


def test_only_some_of_it(troubled: Shell) -> None:
    def keys(*options: str) -> list[Any]:
        return [each["key"] for each in troubled.json("deliveries", *options)["deliveries"]]

    assert keys("--state", "failed") == ["1:1"]
    assert keys("--state", "uncertain") == ["1:2"]
    assert keys("--limit", "1") == ["1:2"]


def test_where_nothing_is_wrong_it_says_so(shell: Shell) -> None:
    said = shell.run("deliveries").stdout
    assert "Nothing failed, and nothing is uncertain." in said
    assert "Nothing waits." in said
    assert shell.json("deliveries")["deliveries"] == []


def test_the_doctor_points_to_what_is_in_trouble(troubled: Shell) -> None:
    troubled.settings = {"BLOGBOT_FEEDS_DIR": str(troubled.folder / "feeds")}
    assert "note 2 messages failed" in troubled.run("doctor").stdout
    troubled.run("deliveries", "drop", "--all")
    assert "blogbot deliveries" not in troubled.run("doctor").stdout


@pytest.mark.parametrize(
    ("paid", "rate"),
    [({}, 30), ({"BLOGBOT_RATE": "600", "BLOGBOT_PAID_LANES": "change"}, 30),
     ({"BLOGBOT_RATE": "600", "BLOGBOT_PAID_LANES": "post"}, 600), ({"BLOGBOT_RATE": "10"}, 10)],
)  # fmt: skip
def test_the_forecast_knows_which_lanes_are_paid_for(troubled: Shell, paid: dict[str, str], rate: float) -> None:
    troubled.settings = paid
    assert troubled.json("deliveries")["rate"] == rate


# --- Acting ----------------------------------------------------------------------------------------------------------


def test_what_failed_is_queued_again_by_its_key(troubled: Shell) -> None:
    assert troubled.json("deliveries", "retry", "1:1") == {"done": 1, "left": 0}
    assert states(troubled) == ["queued", "uncertain", "queued", "queued"]


def test_what_is_not_worth_it_is_dropped_by_its_key(troubled: Shell) -> None:
    assert "2 dropped" in troubled.run("deliveries", "drop", "1:1", "1:2", "1:1").stdout
    assert states(troubled) == ["expired", "expired", "queued", "queued"]
    assert troubled.json("deliveries")["deliveries"] == []


@pytest.mark.parametrize(("what", "state"), [("retry", "queued"), ("drop", "expired")])
def test_or_all_of_it(troubled: Shell, what: str, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = partialmethod(Outcomes.in_trouble, limit=1)
    monkeypatch.setattr(Outcomes, "in_trouble", pages)
    assert troubled.json("deliveries", what, "--all") == {"done": 2, "left": 0}
    assert states(troubled) == [state, state, "queued", "queued"]


@pytest.mark.parametrize(
    ("what", "keys", "code", "said"),
    [
        ("retry", (), 2, "--all"),
        ("drop", (), 2, "--all"),
        ("drop", ("1:1", "--all"), 2, "--all"),
        ("retry", ("1:1", "loaf"), 2, "12:345"),
        ("retry", ("1:1", "1:99"), 1, "1:99"),
        ("drop", ("1:1", "9223372036854775808:1"), 1, "9223372036854775808:1"),
        ("drop", ("1:1", "1:3"), 1, "queued"),
    ],
)
def test_a_wrong_key_is_said_in_a_sentence_and_nothing_is_done(
    troubled: Shell, what: str, keys: tuple[str, ...], code: int, said: str
) -> None:
    done = troubled.run("deliveries", what, *keys, code=code)
    assert said in done.stderr
    assert done.stdout == ""
    assert states(troubled) == ["failed", "uncertain", "queued", "queued"]


@pytest.mark.parametrize("key", ["", "loaf", "1", "1:", "1:-1", "1:1:1", "1:²", "1:1 ", "1:" + "1" * 20])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="12:345"):
        read_key(key)


def test_a_reminder_of_what_has_begun_is_not_sent_again(shell: Shell) -> None:
    async def fill_with_a_reminder() -> None:
        now = Clock().now()
        store = await Store.open(f"sqlite:///{shell.folder}/blogbot.db", clock=Clock())
        await store.upgrade()
        async with store.write() as tx:
            await add_chat(tx, 101, ReminderRule(Offset(0, 60)), at=now - DAY)
            event = await add_event(tx, "talk")
            (date,) = await add_dates(tx, event, date_of(event, now - MINUTE, known=now - DAY), now=now, window=(now - DAY, now + DAY))  # fmt: skip
            about = {"event_id": event.id, "occurrence_id": date.id, "offset": Offset(0, 60)}
            then = now - HOUR
            made = await announce(tx, "r", AnnouncementKind.REMINDER, due=then, expires=now - MINUTE, **about)
            await fan_out(tx, made, then)
            (parcel,) = await tx.notifications.lease(then, 1, then + MINUTE)
            await tx.notifications.begin([parcel], then)
            await tx.notifications.failed(parcel, "no", then)
        await store.close()

    asyncio.run(fill_with_a_reminder())
    for which in ("1:1", "--all"):
        done = shell.run("deliveries", "retry", which, code=1)
        assert "1 stay as they are: they are about a date that has begun" in done.stderr
    assert states(shell) == ["failed"]
