"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.BigInteger()
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TEXT = sa.Text()


def upgrade() -> None:
    _content()
    _calendar()
    _seen()
    _audience()
    _ledger()
    _search()


def _column(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _content() -> None:
    op.create_table(
        "posts",
        _column("id", ID),
        _column("key", KEY),
        _column("slug", KEY),
        _column("url", TEXT),
        _column("address", KEY),
        _column("title", TEXT),
        _column("summary", TEXT),
        _column("html", TEXT),
        _column("language", TEXT),
        _column("image", TEXT),
        _column("published", INSTANT),
        _column("updated", INSTANT),
        _column("revision", sa.Integer),
        sa.Column("gone", INSTANT),
        _column("terms", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.UniqueConstraint("key", name="uq_posts_key"),
        sa.UniqueConstraint("slug", name="uq_posts_slug"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_posts_address", "posts", ["address"])
    op.create_index("ix_posts_latest", "posts", ["published", "id"], **_where("gone IS NULL"))
    op.create_table(
        "tags",
        _column("slug", KEY),
        _column("name", TEXT),
        _column("by_editor", sa.Boolean),
        sa.PrimaryKeyConstraint("slug", name="pk_tags"),
    )
    op.create_table(
        "post_tags",
        _column("post_id", ID),
        _column("origin", TEXT),
        _column("position", sa.Integer),
        _column("tag_slug", KEY),
        _column("name", TEXT),
        sa.Column("published", INSTANT),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_post_tags_post_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_slug"], ["tags.slug"], name="fk_post_tags_tag_slug"),
        sa.PrimaryKeyConstraint("post_id", "origin", "position", name="pk_post_tags"),
    )
    op.create_index(
        "ix_post_tags_listed",
        "post_tags",
        ["tag_slug", "published", "post_id"],
        **_where("origin = 'editor' AND published IS NOT NULL"),
    )
    op.create_table(
        "post_authors",
        _column("post_id", ID),
        _column("position", sa.Integer),
        _column("slug", KEY),
        _column("name", TEXT),
        sa.Column("published", INSTANT),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_post_authors_post_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "position", name="pk_post_authors"),
    )
    op.create_index(
        "ix_post_authors_listed", "post_authors", ["slug", "published", "post_id"], **_where("published IS NOT NULL")
    )
    op.create_table(
        "post_links",
        _column("post_id", ID),
        _column("position", sa.Integer),
        _column("target", KEY),
        _column("by_editor", sa.Boolean),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_post_links_post_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "position", name="pk_post_links"),
    )
    op.create_index("ix_post_links_target", "post_links", ["target"])
    op.create_table(
        "related",
        _column("post_id", ID),
        _column("position", sa.Integer),
        _column("other_id", ID),
        _column("origin", TEXT),
        _column("score", sa.Double),
        sa.ForeignKeyConstraint(["other_id"], ["posts.id"], name="fk_related_other_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_related_post_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "position", name="pk_related"),
    )
    op.create_index("ix_related_other_id", "related", ["other_id"])


def _calendar() -> None:
    op.create_table(
        "events",
        _column("id", ID),
        _column("uid", KEY),
        _column("title", TEXT),
        _column("summary", TEXT),
        _column("html", TEXT),
        _column("starts", TEXT),
        _column("ends", TEXT),
        _column("timezone", TEXT),
        _column("recurrence", TEXT),
        _column("overrides", TEXT),
        _column("location", TEXT),
        _column("url", TEXT),
        _column("status", TEXT),
        _column("sequence", sa.Integer),
        _column("updated", INSTANT),
        sa.Column("gone", INSTANT),
        _column("recurring", sa.Boolean),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("uid", name="uq_events_uid"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "event_tags",
        _column("event_id", ID),
        _column("position", sa.Integer),
        _column("tag_slug", KEY),
        _column("name", TEXT),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_event_tags_event_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_slug"], ["tags.slug"], name="fk_event_tags_tag_slug"),
        sa.PrimaryKeyConstraint("event_id", "position", name="pk_event_tags"),
    )
    op.create_index("ix_event_tags_tag", "event_tags", ["tag_slug"])
    op.create_table(
        "occurrences",
        _column("id", ID),
        _column("event_id", ID),
        _column("key", KEY),
        _column("starts", INSTANT),
        _column("ends", INSTANT),
        _column("title", TEXT),
        _column("location", TEXT),
        _column("status", TEXT),
        _column("known", INSTANT),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_occurrences_event_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_occurrences"),
        sa.UniqueConstraint("event_id", "key", name="uq_occurrences_event_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_occurrences_ends", "occurrences", ["ends"])
    op.create_index("ix_occurrences_event", "occurrences", ["event_id", "starts"])
    op.create_index("ix_occurrences_starts", "occurrences", ["starts", "id"])


def _seen() -> None:
    op.create_table(
        "source_looks",
        _column("source", KEY),
        _column("context", TEXT),
        _column("etag", TEXT),
        _column("last_modified", TEXT),
        _column("looked", INSTANT),
        sa.PrimaryKeyConstraint("source", name="pk_source_looks"),
    )
    op.create_table(
        "source_entries",
        _column("source", KEY),
        _column("entry", KEY),
        _column("fingerprint", TEXT),
        _column("posts", TEXT),
        _column("events", TEXT),
        sa.PrimaryKeyConstraint("source", "entry", name="pk_source_entries"),
    )


def _audience() -> None:
    op.create_table(
        "chats",
        _column("id", ID),
        _column("telegram_id", ID),
        _column("thread_id", ID),
        _column("kind", TEXT),
        _column("title", TEXT),
        _column("language", TEXT),
        _column("timezone", TEXT),
        _column("paused", sa.Boolean),
        _column("active", sa.Boolean),
        sa.PrimaryKeyConstraint("id", name="pk_chats"),
        sa.UniqueConstraint("telegram_id", "thread_id", name="uq_chats_telegram_id_thread_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "follows",
        _column("chat_id", ID),
        _column("kind", TEXT),
        _column("value", KEY),
        _column("created", INSTANT),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_follows_chat_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("chat_id", "kind", "value", name="pk_follows"),
    )
    op.create_index("ix_follows_audience", "follows", ["kind", "value", "chat_id", "created"])
    op.create_table(
        "rules",
        _column("chat_id", ID),
        _column("days", sa.Integer),
        _column("minutes", sa.Integer),
        _column("event_uid", KEY),
        _column("created", INSTANT),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_rules_chat_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("chat_id", "days", "minutes", "event_uid", name="pk_rules"),
    )
    op.create_index("ix_rules_event", "rules", ["event_uid", "chat_id", "created"])
    op.create_index("ix_rules_offset", "rules", ["days", "minutes", "event_uid", "chat_id", "created"])


def _ledger() -> None:
    op.create_table(
        "announcements",
        _column("id", ID),
        _column("key", KEY),
        _column("kind", TEXT),
        _column("lane", sa.SmallInteger),
        _column("due", INSTANT),
        _column("expires", INSTANT),
        sa.Column("post_id", ID),
        sa.Column("event_id", ID),
        sa.Column("occurrence_id", ID),
        sa.Column("days", sa.Integer),
        sa.Column("minutes", sa.Integer),
        _column("detail", TEXT),
        _column("cursor", ID),
        sa.Column("done", INSTANT),
        sa.Column("withdrawn", TEXT),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_announcements_event_id"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_announcements_post_id"),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
        sa.UniqueConstraint("key", name="uq_announcements_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_announcements_event", "announcements", ["event_id"])
    op.create_index("ix_announcements_occurrence", "announcements", ["occurrence_id"])
    op.create_index("ix_announcements_pending", "announcements", ["due"], **_where("done IS NULL"))
    op.create_table(
        "notifications",
        _column("announcement_id", ID),
        _column("chat_id", ID),
        _column("lane", sa.SmallInteger),
        _column("state", TEXT),
        _column("due", INSTANT),
        _column("not_before", INSTANT),
        _column("expires", INSTANT),
        sa.Column("lease_until", INSTANT),
        _column("attempts", sa.Integer),
        sa.Column("message_id", ID),
        _column("reason", TEXT),
        _column("at", INSTANT),
        sa.PrimaryKeyConstraint("announcement_id", "chat_id", name="pk_notifications"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_notifications_chat", "notifications", ["chat_id"])
    op.create_index("ix_notifications_expires", "notifications", ["expires"], **_where("state = 'queued'"))
    op.create_index(
        "ix_notifications_queue",
        "notifications",
        ["lane", "due", "announcement_id", "chat_id", "not_before", "expires"],
        **_where("state = 'queued'"),
    )
    op.create_index(
        "ix_notifications_sending", "notifications", ["chat_id", "lease_until"], **_where("state = 'sending'")
    )


def _search() -> None:
    if op.get_context().dialect.name == "postgresql":
        # English stems without stop words: as on SQLite, every word can be found.
        op.execute("CREATE TEXT SEARCH DICTIONARY blogbot_stem (TEMPLATE = snowball, LANGUAGE = english)")
        op.execute("CREATE TEXT SEARCH CONFIGURATION blogbot_english (COPY = simple)")
        op.execute(
            "ALTER TEXT SEARCH CONFIGURATION blogbot_english ALTER MAPPING"
            " FOR asciiword, asciihword, hword_asciipart, word, hword, hword_part WITH blogbot_stem"
        )
        op.create_table(
            "post_search",
            sa.Column("post_id", sa.BigInteger, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
            sa.Column("vector", postgresql.TSVECTOR, nullable=False),
        )
        op.create_index("ix_post_search_vector", "post_search", ["vector"], postgresql_using="gin")
    else:
        op.execute(
            "CREATE VIRTUAL TABLE post_search USING fts5(title, tags, summary, body,"
            " tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3')"
        )
