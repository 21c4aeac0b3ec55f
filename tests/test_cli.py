"""The commands as a person or a program calls them: an empty folder, real files; what runs on, in a process of its own."""

from __future__ import annotations

import signal
import socket
import sqlite3
import time
from pathlib import Path

import pytest

from tests.shell import Forked, Inside, Shell, call, free_port, until

ROOT = Path(__file__).parent.parent

TOKEN = "123456:a-token-for-the-tests"

PAGE = """Next Upcoming Event

Tue, 09 Jul 24 10:00

What we learnt in a sample year

The first paragraph says what the year was like.

The second one says what we would do again.

Tags assigned to this article:

Related Blog Articles"""

POST = """---
title: {title}
date: 2026-01-{day:02}
tags: [Bread]
---
Flour, water and salt make a {slug}, says the patient baker. See also [the other](/posts/{other}).
"""

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//tests//EN
BEGIN:VEVENT
UID:far-away
SUMMARY:A talk far in the future
DTSTAMP:20260101T000000Z
DTSTART:20990310T100000
DTEND:20990310T110000
LOCATION:Room 1
END:VEVENT
BEGIN:VEVENT
UID:long-ago
SUMMARY:A whole day long ago
DTSTAMP:20160101T000000Z
DTSTART;VALUE=DATE:20160310
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Inside(tmp_path)


@pytest.fixture
def process(tmp_path: Path) -> Shell:
    """For what only a process of its own shows."""
    return Shell(tmp_path)


@pytest.fixture
def forked(tmp_path: Path) -> Forked:
    """For what a process that has loaded blogbot already shows as well."""
    return Forked(tmp_path)


@pytest.fixture
def filled(shell: Shell) -> Shell:
    """Two posts that link to each other, a calendar, all imported."""
    posts = shell.folder / "posts"
    posts.mkdir()
    for day, slug, other in ((1, "loaf", "roll"), (2, "roll", "loaf")):
        (posts / f"{slug}.md").write_text(POST.format(title=f"The {slug}", day=day, slug=slug, other=other))
    (shell.folder / "events.ics").write_text(CALENDAR.replace("\n", "\r\n"))
    shell.run("import", "posts", "events.ics", "--timezone", "Europe/London")
    return shell


def test_in_a_process_of_its_own_a_failure_is_told_apart_by_code_and_place(process: Shell) -> None:
    failed = process.run("import", "missing.md", code=1)
    assert failed.stdout == ""
    assert "missing.md" in failed.stderr


# --- Bringing content in ---------------------------------------------------------------------------------------------


def test_a_saved_page_gives_a_post_and_an_event(shell: Shell) -> None:
    (shell.folder / "page.txt").write_text(PAGE)
    report = shell.json("import", "page.txt", "--timezone", "Europe/London")
    assert report == {
        "posts": {"new": 1, "changed": 0, "unchanged": 0},
        "events": {"new": 1, "changed": 0, "unchanged": 0},
        "problems": [],
    }
    (event,) = shell.json("events", "--all")
    assert event | {"uid": ""} == {
        "uid": "",
        "title": "Upcoming event",
        "starts": "2024-07-09T10:00:00+01:00",
        "ends": "2024-07-09T11:00:00+01:00",
        "timezone": "Europe/London",
        "all_day": False,
        "location": "",
        "url": "",
        "status": "confirmed",
    }
    (post,) = shell.json("latest")
    assert (post["title"], post["tags"]) == ("What we learnt in a sample year", [])
    assert shell.json("related", post["slug"]) == []
    assert shell.json("next") is None
    assert "No event is planned. The last was Upcoming event, Tue 09 Jul 2024, 10:00" in shell.run("next").stdout


def test_importing_again_changes_nothing_and_a_changed_file_one_post(filled: Shell) -> None:
    again = filled.json("import", "posts", "--timezone", "Europe/London")
    assert again["posts"] == {"new": 0, "changed": 0, "unchanged": 2}
    loaf = filled.folder / "posts" / "loaf.md"
    loaf.write_text(loaf.read_text().replace("The loaf", "A better loaf"))
    changed = filled.json("import", "posts", "--timezone", "Europe/London")
    assert changed["posts"] == {"new": 0, "changed": 1, "unchanged": 1}
    assert {post["title"] for post in filled.json("latest")} == {"A better loaf", "The roll"}


def test_one_bad_file_among_good_ones_is_named_and_stops_nothing(filled: Shell) -> None:
    (filled.folder / "posts" / "bad.md").write_text("---\ntitle: Bad\ndate: 2026-02-31\n---\nText")
    report = filled.json("import", "posts")
    assert report["posts"]["unchanged"] + report["posts"]["changed"] == 2
    (problem,) = report["problems"]
    assert "bad.md" in problem["where"]
    assert "2026-02-31" in problem["what"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("import", "missing.md"), 1, "missing.md"),
        (("import", "empty"), 1, "empty"),
        (("import", "binary.bin"), 1, "binary.bin"),
        (("import",), 2, "PATH_OR_URL"),
        (("import", "posts", "--timezone", "Mars/Olympus"), 2, "Mars/Olympus"),
        (("import", "posts", "--as", "telepathy"), 2, "telepathy"),
        (("import", "ftp://example.org/feed.xml"), 1, "ftp"),
        (("sync",), 2, "blogbot.toml"),
        (("related", "no-such-post"), 1, "no-such-post"),
        (("related",), 2, "--all"),
        (("related", "--all"), 2, "--json"),
        (("latest", "--limit", "0"), 2, "limit"),
        (("frobnicate",), 2, "frobnicate"),
        (("run",), 2, "blogbot demo"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(shell: Shell, arguments: tuple[str, ...], code: int, said: str) -> None:
    (shell.folder / "empty").mkdir()
    (shell.folder / "binary.bin").write_bytes(bytes(range(256)) * 10)
    done = shell.run(*arguments, code=code)
    assert said in done.stderr
    assert done.stdout == ""


def test_when_nothing_could_be_read_json_still_says_why(shell: Shell) -> None:
    report = shell.json("import", "missing.md", code=1)
    assert "missing.md" in report["problems"][0]["where"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"BLOGBOT_TIMEZONE": "Mars/Olympus"}, "BLOGBOT_TIMEZONE"),
        ({"BLOGBOT_PORT": "many", "BLOGBOT_ADMINS": "me"}, "BLOGBOT_PORT"),
        ({"BLOGBOT_SITE_URL": "example.org"}, "https://"),
        ({"BLOGBOT_DATABASE_URL": "sqlite:////no/such/folder/blogbot.db"}, "/no/such/folder"),
        ({"BLOGBOT_DATABASE_URL": "oracle://db"}, "sqlite:///blogbot.db"),
    ],
)
def test_a_wrong_setting_is_named(shell: Shell, settings: dict[str, str], said: str) -> None:
    shell.settings = settings
    code = 1 if "DATABASE" in next(iter(settings)) else 2
    assert said in shell.run("latest", code=code).stderr


def test_a_wrong_token_is_refused_and_never_shown(shell: Shell) -> None:
    shell.settings = {"BLOGBOT_TOKEN": "not-a-token-but-secret"}
    done = shell.run("latest", code=2)
    assert "BLOGBOT_TOKEN" in done.stderr
    assert "secret" not in done.stderr


def test_a_password_in_the_databases_address_is_never_shown(shell: Shell) -> None:
    shell.settings = {"BLOGBOT_DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:9/blog"}
    assert "hunter2" not in shell.run("latest", code=1).stderr


# --- Asking ----------------------------------------------------------------------------------------------------------


def test_questions_are_answered_in_json_and_in_words(filled: Shell) -> None:
    latest = filled.json("latest")
    assert [(post["slug"], post["tags"], post["published"]) for post in latest] == [
        ("roll", ["Bread"], "2026-01-02T00:00:00+00:00"),
        ("loaf", ["Bread"], "2026-01-01T00:00:00+00:00"),
    ]
    assert filled.json("tags") == [{"slug": "bread", "name": "Bread", "posts": 2}]
    assert filled.json("search", "loaf")[0]["slug"] == "loaf"
    assert filled.json("search", "nothing-like-it") == []
    (related,) = filled.json("related", "loaf")
    assert (related["slug"], related["origin"]) == ("roll", "curated")
    assert {slug: [each["slug"] for each in those] for slug, those in filled.json("related", "--all").items()} == {
        "loaf": ["roll"],
        "roll": ["loaf"],
    }
    assert filled.json("next")["uid"] == "far-away"
    assert [event["uid"] for event in filled.json("events")] == ["far-away"]
    day, talk = filled.json("events", "--all")
    assert (day["uid"], day["all_day"], day["starts"], day["ends"]) == ("long-ago", True, "2016-03-10", "2016-03-11")
    assert talk["starts"] == "2099-03-10T10:00:00+00:00"
    for command in (("latest",), ("search", "loaf"), ("related", "loaf"), ("next",), ("events", "--all"), ("tags",)):
        assert filled.run(*command).stdout.strip()


@pytest.mark.parametrize("command", ["latest", "tags", "next", "events"])
def test_an_empty_blog_says_so(shell: Shell, command: str) -> None:
    assert "No" in shell.run(command).stdout or "no" in shell.run(command).stdout


def test_feeds_are_written_once_and_stay_as_they_are(filled: Shell) -> None:
    first = filled.json("publish", "--out", "out")
    assert first["written"] > 8
    tree = {path.relative_to(filled.folder / "out").as_posix() for path in (filled.folder / "out").rglob("*")}
    assert {"atom.xml", "rss.xml", "feed.json", "tags/bread/atom.xml", "events.ics", "feeds.opml", "index.html"} <= tree
    assert filled.json("publish", "--out", "out")["written"] == 0


def test_sources_of_the_settings_file_are_synchronised(shell: Shell) -> None:
    (shell.folder / "events.ics").write_text(CALENDAR.replace("\n", "\r\n"))
    (shell.folder / "blogbot.toml").write_text('[[sources]]\nname = "calendar"\nlocation = "events.ics"\n')
    assert shell.json("sync")["events"]["new"] == 2
    assert shell.json("sync", "calendar")["events"]["unchanged"] == 2
    assert "calendar" in shell.run("sync", "other", code=2).stderr


def test_the_doctor_finds_what_is_wrong(shell: Shell) -> None:
    shell.settings = {"BLOGBOT_FEEDS_DIR": "/proc/feeds", "BLOGBOT_TITEL": "misspelt"}
    done = shell.run("doctor", code=1)
    assert "BLOGBOT_TITEL is no setting" in done.stdout
    assert "/proc/feeds" in done.stdout


def test_the_database_is_made_checked_and_mended_by_command(shell: Shell) -> None:
    assert "blogbot db upgrade" in shell.run("db", "check", code=1).stderr
    shell.run("db", "upgrade")
    assert "sound" in shell.run("db", "check").stdout


# --- Running ---------------------------------------------------------------------------------------------------------


def bots_words(address: str, chat: int) -> str:
    messages = call(f"{address}/sandbox/chats/{chat}/messages?after=0")
    return "\n".join(message.get("text", "") for message in messages if message["from"]["is_bot"])


def feed(shell: Shell) -> str:
    """What is in the feed; it is written as soon as a source was read, and without its posts perhaps before that."""
    return (shell.folder / "feeds" / "atom.xml").read_text()


def test_a_real_bot_answers_follows_its_sources_and_stops_when_told(process: Shell, forked: Forked) -> None:
    with forked.running("sandbox", "--port", "0") as sandbox:
        address = sandbox.stdout.readline().strip().rstrip("/")
        port = free_port()
        (process.folder / "posts").mkdir()
        (process.folder / "blogbot.toml").write_text('[[sources]]\nlocation = "posts"\ninterval = 1\n')
        (process.folder / "posts" / "loaf.md").write_text(
            POST.format(title="The loaf", day=1, slug="loaf", other="roll")
        )
        process.settings = {"BLOGBOT_TOKEN": TOKEN, "BLOGBOT_API_URL": address, "BLOGBOT_PORT": str(port)}
        with process.started(str(ROOT / "bot.py")) as bot:
            chat = call(f"{address}/sandbox/chats", {"type": "private", "title": "Ada"})["id"]
            until(lambda: call(f"{address}/sandbox/bots"))
            until(lambda: call(f"http://127.0.0.1:{port}/readyz"))
            until(lambda: "The loaf" in feed(process))
            call(f"{address}/sandbox/chats/{chat}/messages", {"text": "/latest"})
            until(lambda: "The loaf" in bots_words(address, chat))
            call(f"{address}/sandbox/chats/{chat}/messages", {"text": "/follow everything"})
            until(lambda: "follow" in bots_words(address, chat).lower())
            fresh = POST.format(title="Hot from the oven", day=1, slug="roll", other="loaf")
            today = time.strftime("%Y-%m-%d", time.gmtime())
            (process.folder / "posts" / "roll.md").write_text(fresh.replace("2026-01-01", today))
            until(lambda: "Hot from the oven" in bots_words(address, chat))
            until(lambda: "Hot from the oven" in call(f"http://127.0.0.1:{port}/feeds/rss.xml"))
            began = time.monotonic()
            bot.send_signal(signal.SIGTERM)
            _, log = bot.communicate(timeout=10)
            assert time.monotonic() - began < 10
            assert bot.returncode == 0, log
            assert "could not be written" not in log
            assert TOKEN not in log
            assert "Traceback" not in log


def test_a_signal_in_the_middle_of_a_mailing_loses_and_doubles_nothing(forked: Forked) -> None:
    with forked.running("sandbox", "--port", "0") as sandbox:
        address = sandbox.stdout.readline().strip().rstrip("/")
        (forked.folder / "posts").mkdir()
        (forked.folder / "blogbot.toml").write_text('[[sources]]\nlocation = "posts"\ninterval = 1\n')
        (forked.folder / "posts" / "old.md").write_text(POST.format(title="Day-old", day=1, slug="old", other="new"))
        forked.settings = {"BLOGBOT_TOKEN": TOKEN, "BLOGBOT_API_URL": address, "BLOGBOT_PORT": str(free_port())}
        chats = [call(f"{address}/sandbox/chats", {"type": "private", "title": "Ada"})["id"] for _ in range(3)]
        with forked.running("run") as bot:
            for chat in chats:
                call(f"{address}/sandbox/chats/{chat}/messages", {"text": "/follow everything"})
            until(lambda: all(bots_words(address, chat) for chat in chats))
            until(lambda: "Day-old" in feed(forked))  # the first look is over, which announces nothing
            call(f"{address}/sandbox/faults", {"method": "deleteWebhook", "error_code": 502, "times": 1})
            call(f"{address}/sandbox/faults", {"method": "sendMessage", "delay": 2, "times": 3})
            today = time.strftime("%Y-%m-%d", time.gmtime())
            fresh = POST.format(title="Hot from the oven", day=1, slug="new", other="old").replace("2026-01-01", today)
            (forked.folder / "posts" / "new.md").write_text(fresh)
            until(lambda: ledger(forked).get("sending"))
            began = time.monotonic()
            bot.send_signal(signal.SIGTERM)
            _, log = bot.communicate(timeout=10)
            assert time.monotonic() - began < 10
            assert bot.returncode == 0, log
            assert "Traceback" not in log
        with forked.running("run"):
            until(lambda: ledger(forked) == {"sent": 3})
            assert [bots_words(address, chat).count("Hot from the oven") for chat in chats] == [1, 1, 1]


def ledger(shell: Shell) -> dict[str, int]:
    """How many notifications there are in each state."""
    with sqlite3.connect(shell.folder / "blogbot.db") as database:
        return dict(database.execute("SELECT state, count(*) FROM notifications GROUP BY state").fetchall())


def test_a_start_without_telegram_ends_quietly_when_told(forked: Forked) -> None:
    forked.settings = {
        "BLOGBOT_TOKEN": TOKEN,
        "BLOGBOT_API_URL": "http://127.0.0.1:1",
        "BLOGBOT_PORT": str(free_port()),
    }
    with forked.running("run") as bot:
        until(lambda: call(f"http://127.0.0.1:{forked.settings['BLOGBOT_PORT']}/livez"))
        bot.send_signal(signal.SIGTERM)
        _, log = bot.communicate(timeout=10)
        assert bot.returncode == 0
        assert "Unclosed" not in log
        assert "Traceback" not in log


def test_the_demo_heeds_no_setting_of_the_real_bot(forked: Forked) -> None:
    forked.settings = {"BLOGBOT_PORT": "many"}
    (forked.folder / "blogbot.toml").write_text("no_such_key = 1\n")
    with forked.running("demo", "--port", "0", "--no-browser") as demo:
        assert demo.stdout.readline().startswith("http://127.0.0.1:")


def test_a_token_that_telegram_does_not_know_stops_the_bot_with_advice(forked: Forked) -> None:
    with forked.running("sandbox", "--port", "0") as sandbox:
        address = sandbox.stdout.readline().strip().rstrip("/")
        call(
            f"{address}/sandbox/faults",
            {"method": "getMe", "error_code": 401, "description": "Unauthorized", "times": 9},
        )
        forked.settings = {
            "BLOGBOT_TOKEN": TOKEN,
            "BLOGBOT_API_URL": address,
            "BLOGBOT_PORT": str(free_port()),
        }
        assert "@BotFather" in forked.run("run", code=1).stderr


def test_a_port_that_is_taken_is_named(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        shell.settings = {"BLOGBOT_TOKEN": TOKEN, "BLOGBOT_PORT": port}
        assert f"Port {port}" in shell.run("run", code=1).stderr
        assert f"Port {port}" in shell.run("demo", "--port", port, "--no-browser", code=1).stderr
        assert f"Port {port}" in shell.run("sandbox", "--port", port, code=1).stderr


def test_the_demo_answers_on_one_port(forked: Forked) -> None:
    with forked.running("demo", "--port", "0", "--no-browser") as demo:
        page = demo.stdout.readline().strip()
        address = page.removesuffix("/sandbox/")
        assert "sample" in call(f"{address}/").lower()
        assert "<html" in call(page)
        assert "<feed" in call(f"{address}/feeds/atom.xml")
        chat = call(f"{address}/sandbox/chats", {"type": "private", "title": "Ada"})["id"]
        call(f"{address}/sandbox/chats/{chat}/messages", {"text": "/remind 1h"})
        until(lambda: bots_words(address, chat))
        skipped = call(f"{address}/sandbox/skip", {})
        assert "clock" in skipped["text"]
        assert until(lambda: "⏰" in bots_words(address, chat))
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=10)
        assert demo.returncode in (0, 130)
