"""What chats read of their settings, filters and history: every card fits, leads on, and survives whatever stands in it."""

from __future__ import annotations

import ast
import dataclasses
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blogbot import cards as package
from blogbot.cards import Because, Heard, Tap, Verb
from blogbot.model import (
    AnnouncementKind,
    Chat,
    Digest,
    Filter,
    FilterKind,
    Follow,
    FollowKind,
    Message,
    Offset,
    ReminderRule,
    Terms,
)
from tests.card_samples import CHAT, EVENT, NOW, RIGHT_TO_LEFT, assert_telegram_takes, cards, labels, read, verbs

WILD = st.text(max_size=300) | st.sampled_from(["<b>&", "x" * 5000, RIGHT_TO_LEFT, "\u202e" * 50, "👩‍👩‍👧" * 200])


def chat(**terms: object) -> Chat:
    return dataclasses.replace(CHAT, terms=Terms(**terms))  # type: ignore[arg-type]  # fields of Terms


def test_no_two_kinds_of_cards_use_one_name() -> None:
    """They are joined into one class, where the second of a name would replace the first."""
    names: Counter[str] = Counter()
    for path in Path(package.__file__).parent.glob("*.py"):
        classes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]
        bodies = [each.body for each in classes if each.name.endswith(("Cards", "Voice"))]
        names.update(node.name for body in bodies for node in body if isinstance(node, ast.FunctionDef))
    assert names["settings"] == 1
    assert [name for name, count in names.items() if count > 1 and name != "__init__"] == []


# --- Settings ---


def test_settings_name_what_is_set_and_lead_to_all_of_it() -> None:
    terms = Terms(Digest.WEEKLY, 18, 4, 22 * 60, 7 * 60, NOW + timedelta(hours=3))
    message = cards().settings(dataclasses.replace(CHAT, terms=terms, topic_id=9), "English", NOW, 2)
    assert "News and reminders: on" not in read(message)
    for part in ("every Friday at 18:00", "22:00 to 07:00", "Muted until", "Filters: 2", "Topic:"):
        assert part in read(message)
    assert set(verbs(message)) == {
        Verb.ZONES,
        Verb.LANGUAGES,
        Verb.DIGESTS,
        Verb.QUIETS,
        Verb.MUTES,
        Verb.FILTERS,
        Verb.URGENTS,
        Verb.PAUSE,
        Verb.TOPIC_OFF,
    }


def test_who_is_paused_is_promised_no_digest() -> None:
    weekly = chat(digest=Digest.DAILY)
    assert "the next one" in read(cards().settings(weekly, "English", NOW))
    paused = dataclasses.replace(weekly, paused=True)
    assert "the next one" not in read(cards().settings(paused, "English", NOW))


def test_settings_of_a_new_chat_are_short() -> None:
    said = read(cards().settings(CHAT, "English"))
    assert "News: at once\nQuiet hours: none\nNews and reminders: on" in said


@pytest.mark.parametrize("digest", list(Digest))
@pytest.mark.parametrize("hour", [0, 8, 23])
def test_the_menu_of_digests_ticks_what_is_set(digest: Digest, hour: int) -> None:
    message = cards().digest_menu(chat(digest=digest, digest_hour=hour, digest_day=6), NOW)
    assert_telegram_takes(message)
    ticked = [label[2:] for label in labels(message) if label.startswith("✓")]
    kinds = {Digest.INSTANT: ["At once"], Digest.DAILY: ["Every day"], Digest.WEEKLY: ["Every week", "Sunday"]}
    assert ticked == kinds[digest] + ([f"{hour:02}:00"] if digest is not Digest.INSTANT else [])


def test_the_menu_of_quiet_hours_has_the_chats_own_among_them() -> None:
    message = cards().quiet_menu(chat(quiet_from=13 * 60 + 5, quiet_until=14 * 60))
    assert [label for label in labels(message) if label.startswith("✓")] == ["✓ 13:05 to 14:00"]
    for same in (None, 60):
        assert "✓ No quiet hours" in labels(cards().quiet_menu(chat(quiet_from=same, quiet_until=same)))


def test_a_mute_that_is_over_is_none() -> None:
    assert "Unmute" in labels(cards().mute_menu(chat(muted_until=NOW + timedelta(minutes=1))))
    over = cards().mute_menu(chat(muted_until=NOW))
    assert "Unmute" not in labels(over)
    assert "For how long" in read(over)


def test_a_zone_is_asked_for_beneath_any_answer_without_a_loss() -> None:
    answer = Message("<b>" + "long " * 100 + "</b>", cards().settings(CHAT, "English").buttons, "https://example.org/")
    asked = cards().with_zone_asked(answer)
    assert_telegram_takes(asked)
    assert asked.html.startswith(answer.html)
    assert (asked.buttons[1:], asked.preview_url) == (answer.buttons, answer.preview_url)


# --- Filters, what is urgent, looking back ---


@settings(deadline=None)
@given(WILD, st.integers(0, 40))
def test_filters_of_any_words_fit(value: str, count: int) -> None:
    filters = [(Filter(FilterKind.WORD, value, only=n % 2 == 0), value) for n in range(count)]
    message = cards().filter_menu(filters, said="Done.")
    assert_telegram_takes(message)
    assert ("You filter nothing" in read(message)) == (not count)


@settings(deadline=None)
@given(WILD, st.integers(0, 60))
def test_wishes_of_any_name_can_be_marked(value: str, count: int) -> None:
    named = [(Follow(FollowKind.AUTHOR, value, urgent=n % 2 == 0), value) for n in range(count)]
    rules = [(ReminderRule(Offset(30, 23 * 60 + 59), value, urgent=n % 2 == 1), value) for n in range(count)]
    assert_telegram_takes(cards().urgent_menu(named, rules))
    for follow, name in named[:1]:
        assert_telegram_takes(cards().marked(cards().named(follow, name), follow))
    for rule, title in rules[:1]:
        assert_telegram_takes(cards().marked(cards().reminded(rule, title), rule))


@settings(deadline=None)
@given(WILD, st.sampled_from([kind for kind in AnnouncementKind if not kind.edits]), st.booleans())
def test_a_history_of_any_titles_fits(title: str, kind: AnnouncementKind, odd: bool) -> None:
    heard = [Heard(kind, title, NOW, Tap.of(Verb.POST, n) if n % 2 else None, odd, odd) for n in range(10)]
    message = cards().history(heard)
    assert_telegram_takes(message)
    assert [label for label in labels(message) if label.isdigit()] == ["2", "4", "6", "8", "10"]


@settings(deadline=None)
@given(WILD, st.sampled_from(AnnouncementKind), st.integers(1, 10), st.integers(0, 20))
def test_an_explanation_of_any_titles_fits(title: str, kind: AnnouncementKind, items: int, wishes: int) -> None:
    named = tuple((Follow(FollowKind.TAG, f"{title}{n}"), title) for n in range(wishes))
    rules = tuple((ReminderRule(Offset(minutes=n + 1), title if n % 2 else ""), title) for n in range(wishes))
    told = [Because(kind, title, named, rules, (3, 2**52), 2**52, (title, title)) for _ in range(items)]
    assert_telegram_takes(cards().why(told))
    assert cards().why(told, whole_forum=True).buttons == ()


def test_an_explanation_changes_each_wish_only_once() -> None:
    follow = (Follow(FollowKind.EVENTS), "")
    rule = (ReminderRule(Offset(days=1), EVENT.uid, urgent=True), EVENT.title)
    told = [Because(AnnouncementKind.MOVED, f"Event {n}", (follow,), (rule,), (n, n)) for n in range(1, 4)]
    message = cards().why(told)
    assert verbs(message).count(Verb.UNFOLLOW) == 1
    assert verbs(message).count(Verb.FORGET_EVENT) == 1
    assert labels(message).count("🔔 Mark as urgent") == labels(message).count("🔕 Not urgent") == 1
    assert Verb.FILTERS not in verbs(message)
