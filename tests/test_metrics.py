"""The metrics' names are a contract with whoever watches: none vanishes, and each stands in the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from blogbot import metrics
from blogbot.model import Lane

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")

PUBLISHED = {
    "blogbot_sends_total": {"lane", "outcome"},
    "blogbot_lateness_seconds": {"lane"},
    "blogbot_throttled_total": {"scope"},
    "blogbot_uncertain_total": set(),
    "blogbot_expired_total": set(),
    "blogbot_recovered_leases_total": set(),
    "blogbot_plain_fallbacks_total": set(),
    "blogbot_rate": set(),
    "blogbot_oldest_due_seconds": {"lane"},
    "blogbot_waiting": {"lane"},
    "blogbot_backlog_seconds": set(),
    "blogbot_tick_age_seconds": {"tick"},
    "blogbot_event_loop_lag_seconds": set(),
    "blogbot_polls_restarted_total": set(),
    "blogbot_updates_stepped_over_total": set(),
    "blogbot_websub_calls_total": {"kind", "outcome"},
    "blogbot_websub_waiting": {"kind"},
    "blogbot_websub_subscriptions": set(),
}
"""Each published name and its labels. A name may be added; one that is here stays."""


def test_every_published_name_is_still_there() -> None:
    assert metrics.names() == sorted(PUBLISHED)


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_every_metric_stands_in_the_readme(name: str) -> None:
    assert f"`{name}" in README


@pytest.mark.parametrize(("name", "labels"), sorted(PUBLISHED.items()))
def test_every_metric_keeps_its_labels(name: str, labels: set[str]) -> None:
    found = {family.name: family for family in text_string_to_metric_families(generate_latest(REGISTRY).decode())}
    family = found[re.sub("_total$", "", name)]
    assert all(labels == sample.labels.keys() - {"le"} for sample in family.samples)


@pytest.mark.parametrize("lane", metrics.LANES)
def test_a_series_begins_at_nought_before_anything_happens(lane: str) -> None:
    shown = generate_latest(REGISTRY).decode()
    for outcome in metrics.OUTCOMES:
        assert f'blogbot_sends_total{{lane="{lane}",outcome="{outcome}"}}' in shown
    assert f'blogbot_waiting{{lane="{lane}"}}' in shown
    assert f'blogbot_lateness_seconds_count{{lane="{lane}"}}' in shown


def test_the_lanes_are_those_of_the_ledger() -> None:
    assert list(metrics.LANES) == [lane.name.lower() for lane in Lane if lane is not Lane.ANSWER]
