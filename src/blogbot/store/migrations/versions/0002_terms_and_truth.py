"""A chat's terms (digest, quiet hours, filters), messages that are edited, limits shared by processes; a leaner ledger."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.BigInteger()
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TEXT = sa.Text()
FALSE = sa.false()


def upgrade() -> None:
    _chats()
    _wishes()
    _senders()
    _announcements()
    _notifications()


def _column(name: str, kind: Any, default: Any = None) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=default)


def _add(table: str, *columns: sa.Column[Any]) -> None:
    for column in columns:
        op.add_column(table, column)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _chats() -> None:
    _add(
        "chats",
        _column("digest", TEXT, "instant"),
        _column("digest_hour", sa.SmallInteger, "8"),
        _column("digest_day", sa.SmallInteger, "0"),
        sa.Column("quiet_from", sa.SmallInteger),
        sa.Column("quiet_until", sa.SmallInteger),
        sa.Column("muted_until", INSTANT),
        _column("topic_id", ID, "0"),
        _column("zone_asked", sa.Boolean, FALSE),
    )


def _wishes() -> None:
    _add("follows", _column("urgent", sa.Boolean, FALSE))
    _add("rules", _column("urgent", sa.Boolean, FALSE))
    op.create_table(
        "filters",
        _column("chat_id", ID),
        _column("kind", TEXT),
        _column("value", KEY),
        _column("only", sa.Boolean),
        _column("created", INSTANT),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_filters_chat_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("chat_id", "kind", "value", name="pk_filters"),
    )
    op.create_index("ix_filters_value", "filters", ["kind", "value"])


def _senders() -> None:
    op.create_table(
        "senders",
        _column("bot", KEY),
        _column("process", KEY),
        _column("seen", INSTANT),
        _column("rate", sa.Double),
        sa.Column("refused", INSTANT),
        sa.Column("paused_until", INSTANT),
        _column("failures", sa.Integer),
        sa.PrimaryKeyConstraint("bot", "process", name="pk_senders"),
    )


def _announcements() -> None:
    _add("announcements", sa.Column("corrects", ID), sa.Column("sweep", INSTANT))
    op.execute("UPDATE announcements SET sweep = expires")
    op.create_index("ix_announcements_post", "announcements", ["post_id"])
    op.create_index("ix_announcements_open", "announcements", ["sweep"], **_where("sweep IS NOT NULL"))


def _notifications() -> None:
    for index in ("chat", "expires", "queue", "sending"):
        op.drop_index(f"ix_notifications_{index}", "notifications")
    _add(
        "notifications",
        _column("deadline", INSTANT, "0"),
        _column("parked", sa.SmallInteger, "0"),
        sa.Column("lease", ID),
    )
    op.execute("UPDATE notifications SET deadline = CASE WHEN lane = 2 THEN expires ELSE due END")
    op.execute("UPDATE notifications SET parked = 1 WHERE state = 'queued' AND not_before > due")
    op.create_index(
        "ix_notifications_queue",
        "notifications",
        ["lane", "deadline", "announcement_id", "chat_id"],
        **_where("state = 'queued' AND parked = 0"),
    )
    op.create_index(
        "ix_notifications_parked", "notifications", ["not_before"], **_where("state = 'queued' AND parked = 1")
    )
    op.create_index(
        "ix_notifications_leased", "notifications", ["chat_id", "lease_until"], **_where("lease_until IS NOT NULL")
    )
    op.create_index(
        "ix_notifications_told", "notifications", ["chat_id", "at"], **_where("state IN ('sent', 'uncertain')")
    )
    op.create_index("ix_notifications_trouble", "notifications", ["at"], **_where("state IN ('failed', 'uncertain')"))
