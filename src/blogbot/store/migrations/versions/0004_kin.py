"""A number that tells when a post's related ones changed, in an index that tells of all posts without reading them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("kin", sa.Integer, nullable=False, server_default="0"))
    listed = sa.text("gone IS NULL")
    op.drop_index("ix_posts_latest", "posts")
    op.create_index(
        "ix_posts_latest",
        "posts",
        ["published", "id", "revision", "kin", "gone"],
        sqlite_where=listed,
        postgresql_where=listed,
    )
