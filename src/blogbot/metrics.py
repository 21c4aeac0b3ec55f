"""What a monitor sees of blogbot, in Prometheus' own terms. One place for all names: they are a contract.

Whoever does something counts it here; `/metrics` shows the registry. Knows nothing of blogbot's parts, so the lanes stand
here by their names. Every series begins at nought, for a monitor cannot tell "never" from "not measured".
"""

from __future__ import annotations

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

LANES = ("change", "reminder", "post", "digest")
OUTCOMES = ("sent", "retried", "failed", "expired", "uncertain", "dropped")
"""What becomes of one try: `retried` goes back into the queue, `dropped` was for a chat that cannot be reached any more."""

SCOPES = ("chat", "group", "everyone")

ERRANDS = ("ping", "push", "verify", "deny")
ERRAND_OUTCOMES = ("sent", "retried", "failed", "expired", "ended")
"""Of a call to a hub or a subscriber: `expired` was tried for too long; at `ended` a subscriber is gone (410)."""

SENDS = Counter("blogbot_sends", "Messages that came to an outcome.", ["lane", "outcome"])
LATENESS = Histogram(
    "blogbot_lateness_seconds",
    "From when a message was due to when it had arrived.",
    ["lane"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 86400),
)
THROTTLED = Counter("blogbot_throttled", "Refusals with 429, by whose limit it was.", ["scope"])
UNCERTAIN = Counter("blogbot_uncertain", "Messages of which nobody knows whether they arrived.")
EXPIRED = Counter("blogbot_expired", "Notifications that became too late, or untrue, before they were sent.")
RECOVERED = Counter("blogbot_recovered_leases", "Calls that a process left behind and another one settled.")
PLAIN = Counter("blogbot_plain_fallbacks", "Messages whose markup Telegram refused, sent as plain text.")
RATE = Gauge("blogbot_rate", "Messages a second that this process may send now.")
OLDEST_DUE = Gauge("blogbot_oldest_due_seconds", "How long the oldest message of a lane has been due.", ["lane"])
WAITING = Gauge("blogbot_waiting", "Messages that could be sent now.", ["lane"])
BACKLOG = Gauge("blogbot_backlog_seconds", "How long it takes to send all that waits, at this process's rate now.")
TICK_AGE = Gauge("blogbot_tick_age_seconds", "Since a tick of the clock last ended well or got on.", ["tick"])
LOOP_LAG = Gauge("blogbot_event_loop_lag_seconds", "The longest that the event loop was held up since the last sample.")
POLLS_RESTARTED = Counter("blogbot_polls_restarted", "Polls that hung and were begun anew.")
STEPPED_OVER = Counter("blogbot_updates_stepped_over", "Updates that could not be read or worked on.")
WEBSUB_CALLS = Counter(
    "blogbot_websub_calls", "Calls to hubs and subscribers, by what became of them.", ["kind", "outcome"]
)
WEBSUB_WAITING = Gauge("blogbot_websub_waiting", "Calls to hubs and subscribers that are not done.", ["kind"])
WEBSUB_SUBSCRIPTIONS = Gauge("blogbot_websub_subscriptions", "Subscriptions at blogbot's own hub.")


def names() -> list[str]:
    """The names of all series families of blogbot's own, as `/metrics` shows them."""
    families = [family for family in REGISTRY.collect() if family.name.startswith("blogbot_")]
    return sorted(family.name + ("_total" if family.type == "counter" else "") for family in families)


def _begin_at_nought() -> None:
    for lane in LANES:
        LATENESS.labels(lane)
        OLDEST_DUE.labels(lane)
        WAITING.labels(lane)
        for outcome in OUTCOMES:
            SENDS.labels(lane, outcome)
    for scope in SCOPES:
        THROTTLED.labels(scope)
    for kind in ERRANDS:
        WEBSUB_WAITING.labels(kind)
        for outcome in ERRAND_OUTCOMES:
            WEBSUB_CALLS.labels(kind, outcome)


_begin_at_nought()
