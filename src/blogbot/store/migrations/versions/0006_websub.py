"""WebSub: the feeds as they were last told of, subscriptions, and what is owed to hubs and subscribers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
QUEUED, SENDING = sa.text("state = 'queued'"), sa.text("state = 'sending'")


def upgrade() -> None:
    op.create_table(
        "topics",
        sa.Column("path", KEY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_topics"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("callback", KEY, nullable=False),
        sa.Column("topic", KEY, nullable=False),
        sa.Column("host", KEY, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("callback", "topic", name="pk_subscriptions"),
    )
    for column in ("topic", "host", "expires"):
        op.create_index(f"ix_subscriptions_{column}", "subscriptions", [column])
    op.create_table(
        "errands",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", KEY, nullable=False),
        sa.Column("host", KEY, nullable=False),
        sa.Column("topic", KEY, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("alone", sa.SmallInteger, nullable=False),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("lease", ID),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_errands"),
        sa.UniqueConstraint("target", "topic", "kind", name="uq_errands_target_topic_kind"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_errands_host", "errands", ["host"])
    op.create_index("ix_errands_queue", "errands", ["not_before"], sqlite_where=QUEUED, postgresql_where=QUEUED)
    op.create_index("ix_errands_under_way", "errands", ["target"], sqlite_where=SENDING, postgresql_where=SENDING)
