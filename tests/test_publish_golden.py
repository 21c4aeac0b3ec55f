"""The feeds of a small blog, byte for byte. `BLOGBOT_GOLDEN=write` in the environment writes them anew, to be looked at in the diff."""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from blogbot.i18n import words
from tests.blog_in_memory import render
from tests.golden.blog import CATALOGUE

GOLDEN = Path(__file__).parent / "golden" / "feeds"


@pytest.fixture(scope="module")
def tree() -> dict[str, bytes]:
    found = dict(render(CATALOGUE, words("en")))
    if os.environ.get("BLOGBOT_GOLDEN") == "write":
        shutil.rmtree(GOLDEN, ignore_errors=True)
        for path, content in found.items():
            (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / path).write_bytes(content)
    return found


def test_the_tree_holds_the_golden_files_and_no_others(tree: dict[str, bytes]) -> None:
    assert sorted(tree) == sorted(path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*") if path.is_file())


def test_every_file_is_as_it_was(tree: dict[str, bytes]) -> None:
    changed = [path for path, content in tree.items() if (GOLDEN / path).read_bytes() != content]
    assert changed == [], "look at what changed; if it is meant, run this test once with BLOGBOT_GOLDEN=write"


def test_the_order_in_which_things_arrive_changes_nothing(tree: dict[str, bytes]) -> None:
    shuffled = random.Random(7)
    catalogue = replace(
        CATALOGUE,
        posts=shuffled.sample(CATALOGUE.posts, len(CATALOGUE.posts)),
        events=shuffled.sample(CATALOGUE.events, len(CATALOGUE.events)),
        occurrences=shuffled.sample(CATALOGUE.occurrences, len(CATALOGUE.occurrences)),
    )
    assert dict(render(catalogue, words("en"))) == tree
