"""When a post last left a tag, an author or the blog, so that no feed's date goes back with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# What is known of those that went before.
GONE = (
    "SELECT '', '', max(gone) FROM posts WHERE gone IS NOT NULL HAVING count(*) > 0",
    "SELECT 'tag', tag_slug, max(gone) FROM post_tags JOIN posts ON id = post_id"
    " WHERE origin = 'editor' AND gone IS NOT NULL GROUP BY tag_slug",
    "SELECT 'author', post_authors.slug, max(gone) FROM post_authors JOIN posts ON id = post_id"
    " WHERE gone IS NOT NULL GROUP BY post_authors.slug",
)


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("slug", KEY, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kind", "slug", name="pk_departures"),
    )
    for some in GONE:
        op.execute(f"INSERT INTO departures {some}")  # words of our own
