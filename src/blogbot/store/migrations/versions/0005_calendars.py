"""The addresses of chats' own calendars."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("digest", KEY, nullable=False),
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_calendars_chat_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name="pk_calendars"),
    )
    op.create_index("ix_calendars_chat", "calendars", ["chat_id"])
