"""Subscribers that are to be asked are counted by an index of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ASKED = sa.text("kind = 'verify'")


def upgrade() -> None:
    op.create_index("ix_errands_asked", "errands", ["host"], sqlite_where=ASKED, postgresql_where=ASKED)
