"""What the documents promise is there: every command, every setting, every layer."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from typer.main import get_command

from blogbot.bot.commands import MENU
from blogbot.cli import content, operation  # noqa: F401  # they register their commands
from blogbot.cli.command import cli
from blogbot.config import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def commands() -> list[str]:
    group = get_command(cli)
    return sorted(group.commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", commands())
def test_every_command_stands_in_the_readme(name: str) -> None:
    assert re.search(rf"`[^`]*\b{name}\b", README), f"`blogbot {name}` is missing"


@pytest.mark.parametrize("name", [name for name, _ in MENU])
def test_every_command_of_the_chat_stands_in_the_readme(name: str) -> None:
    assert re.search(rf"`/{name}\b", README)


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - {"sources"}))
def test_every_setting_stands_in_the_readme(name: str) -> None:
    assert f"BLOGBOT_{name.upper()}`" in README


def test_every_layer_stands_in_the_architecture() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = {part.strip() for layer in contracts[0]["layers"] for part in layer.split("|")}
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert [layer for layer in sorted(layers) if f"`{layer}`" not in text] == []


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.split(r"[\[<>=~! ]", each)[0].lower().replace("_", "-") for each in wanted} - {"blogbot"}
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    }
    assert sorted(names - pinned) == []


@pytest.mark.parametrize(("version", "taken"), [("0.22.0", False), ("0.22.1", True), ("0.23.0", False)])
def test_only_drivers_are_taken_whose_insides_are_known(version: str, taken: bool) -> None:
    """Before 0.22.1, aiosqlite's thread dies of what nobody waits for, and who reads waits for ever."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {each.name: each.specifier for each in map(Requirement, project["dependencies"])}
    assert (version in wanted["aiosqlite"]) is taken


def test_every_command_of_the_bot_has_a_description_of_its_own() -> None:
    descriptions = [description for _, description in MENU]
    assert all(descriptions)
    assert len(set(descriptions)) == len(descriptions)


def test_nothing_committed_names_where_packages_come_from() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text
