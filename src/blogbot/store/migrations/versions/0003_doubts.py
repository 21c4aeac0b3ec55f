"""How many of a message's calls nobody knows the end of, counted apart from all its calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notifications", sa.Column("doubts", sa.Integer, nullable=False, server_default="0"))
