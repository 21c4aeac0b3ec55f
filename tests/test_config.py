"""Settings: where they come from, what is refused, and what of a source may be shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from blogbot.config import Settings, SourceSettings, load, only
from blogbot.errors import SettingsError


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and none of the machine's own settings."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("BLOGBOT_"):
            monkeypatch.delenv(name)


def test_what_is_given_goes_before_the_environment_and_that_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("blogbot.toml").write_text('title = "file"\nlanguage = "de"\nport = 1\n')
    monkeypatch.setenv("BLOGBOT_TITLE", "environment")
    monkeypatch.setenv("BLOGBOT_PORT", "2")
    settings = load(port=3)
    assert (settings.title, settings.language, settings.port) == ("environment", "de", 3)


def test_only_what_is_given_counts_where_nothing_else_may(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("blogbot.toml").write_text('language = "de"\nno_such_setting = [')
    monkeypatch.setenv("BLOGBOT_TITLE", "environment")
    monkeypatch.setenv("BLOGBOT_PORT", "many")
    settings = only(timezone="Europe/London")
    usual = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
    assert settings.model_dump() == usual | {"timezone": "Europe/London"}
    with pytest.raises(SettingsError, match="BLOGBOT_PORT"):
        only(port=-1)


@pytest.mark.parametrize(
    ("file", "environment", "said"), [("x = [", "", "blogbot.toml is not valid TOML"), ("", "[", "BLOGBOT_SOURCES")]
)
def test_what_cannot_be_taken_apart_is_named(
    file: str, environment: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("blogbot.toml").write_text(file)
    monkeypatch.setenv("BLOGBOT_SOURCES", environment)
    with pytest.raises(SettingsError, match=said):
        load()


@pytest.mark.parametrize(
    ("hub", "address"),
    [
        ("", ""),
        ("own", "https://bot.example/blog/hub"),
        ("OWN", "https://bot.example/blog/hub"),
        ("https://hub.example/", "https://hub.example/"),
        ("https://hub.example", "https://hub.example"),
    ],
)
def test_the_hub_is_another_or_our_own(hub: str, address: str) -> None:
    settings = only(hub=hub, public_url="https://bot.example/blog/")
    assert (settings.hub_url, settings.own_hub) == (address, hub.lower() == "own")


@pytest.mark.parametrize(("hub", "said"), [("mine", "BLOGBOT_HUB: 'mine' is neither `own` nor an address")])
def test_a_hub_that_is_none_is_refused(hub: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        only(hub=hub, public_url="https://bot.example")


def test_a_hub_needs_to_know_where_feeds_are() -> None:
    with pytest.raises(SettingsError, match="BLOGBOT_HUB needs BLOGBOT_PUBLIC_URL"):
        only(hub="own")


@pytest.mark.parametrize("name", ["api_url", "site_url", "public_url"])
@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://[bad", "host"),
        ("http://[bad]", "host"),
        ("http://127.0.0.1:99999", "port"),
        ("http://x.example:port", "port"),
        ("http://a b", "blank"),
        ("https://x.example/a\tb", "blank"),
        ("https://", "names no host"),
        ("https://:80", "names no host"),
        ("https://-x.example", "host"),
        ("https://x,y", "host"),
        ("x.example", "neither"),
        ("ftp://x.example", "neither"),
        ("https://jo:hunter2@x.example:99999/?key=hunter2", "port"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_and_its_setting_named(name: str, address: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=f"BLOGBOT_{name.upper()}: .*{reason}.*https://example.org") as refused:
        load(**{name: address})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://x.example",
        "http://127.0.0.1:8081",
        "http://[::1]:8080/blog",
        "http://bot_api:8081",
        "https://bücher.example/a/b",
        "http://localhost",
        "",
    ],
)
def test_an_address_is_taken_as_it_is(address: str) -> None:
    assert load(site_url=f"{address}/" if address else "").site_url == address


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ({"location": "https://jo:hunter2@x.example/feed?key=hunter2"}, "https://x.example/feed?…"),
        ({"location": "https://jo:hunter2@x.example/feed", "name": "news"}, "news"),
        ({"location": "posts/what now?.md"}, "posts/what now?.md"),
    ],
)
def test_what_may_be_shown_of_a_source(given: dict[str, str], label: str) -> None:
    source = SourceSettings.model_validate(given)
    assert source.label == label
    assert source.name == given.get("name", given["location"])


def test_two_sources_of_one_name_are_named_without_their_secrets() -> None:
    twice = {"location": "https://jo:hunter2@x.example/feed?key=hunter2"}
    with pytest.raises(SettingsError, match=r"two sources are named 'https://x\.example/feed") as refused:
        load(sources=[twice, twice])
    assert "hunter2" not in str(refused.value)


def test_more_than_the_free_rate_wants_lanes_that_may_be_paid_for() -> None:
    with pytest.raises(SettingsError, match="BLOGBOT_PAID_LANES") as refused:
        only(rate=300)
    assert "BLOGBOT_: " not in str(refused.value)
    assert only(rate=300, paid_lanes="reminder, change").paid_lanes == ("reminder", "change")


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"rate": 1001}, {"paid_lanes": "answer"}])
def test_a_rate_or_a_lane_that_telegram_does_not_know_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=f"(?i){next(iter(wrong))}"):
        only(**wrong)
