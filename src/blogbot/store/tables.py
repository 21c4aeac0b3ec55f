"""The tables and their indexes; every query that lists is served by one of them.

Nothing here runs a query. The migrations repeat this drawing step by step, and a test holds the two equal. That an index
holds some rows only is said to SQLite alone: to say it to PostgreSQL, whose migrations do, would load all that SQLAlchemy
knows of it into every bot.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from blogbot.model import (
    AnnouncementKind,
    ChatKind,
    Digest,
    ErrandKind,
    EventStatus,
    FilterKind,
    FollowKind,
    NotificationState,
    Origin,
)
from blogbot.store.columns import Choice, Id, Instant, Json, Key, Prose

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Partial indexes serve a query only if it says the same words, so these stand in both, never as parameters.
EDITOR: ColumnElement[str] = literal_column("'editor'")
QUEUED: ColumnElement[NotificationState] = literal_column(f"'{NotificationState.QUEUED}'")
SENDING: ColumnElement[NotificationState] = literal_column(f"'{NotificationState.SENDING}'")
VERIFY: ColumnElement[ErrandKind] = literal_column(f"'{ErrandKind.VERIFY}'")
SENT: ColumnElement[NotificationState] = literal_column(f"'{NotificationState.SENT}'")
FAILED: ColumnElement[NotificationState] = literal_column(f"'{NotificationState.FAILED}'")
UNCERTAIN: ColumnElement[NotificationState] = literal_column(f"'{NotificationState.UNCERTAIN}'")
NO, YES = literal_column("0", SmallInteger), literal_column("1", SmallInteger)


def _text(name: str) -> Column[str]:
    return Column(name, Prose, nullable=False, default="")


def _post() -> Column[int]:
    return Column("post_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)


posts = Table(
    "posts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Key, nullable=False, unique=True),
    Column("slug", Key, nullable=False, unique=True),
    _text("url"),
    Column("address", Key, nullable=False),
    _text("title"),
    _text("summary"),
    _text("html"),
    _text("language"),
    _text("image"),
    Column("published", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("gone", Instant),
    Column("terms", LargeBinary, nullable=False),
    # Grows when the list of the post's related ones changes.
    Column("kin", Integer, nullable=False),
    sqlite_autoincrement=True,
)
_LISTED = posts.c.gone.is_(None)
# It holds all that says whether a post changed: to read that from the rows, SQLite would have to pass their texts. It does not
# see that `gone` follows from the condition, so that stands in it too.
Index(
    "ix_posts_latest",
    posts.c.published,
    posts.c.id,
    posts.c.revision,
    posts.c.kin,
    posts.c.gone,
    sqlite_where=_LISTED,
)
Index("ix_posts_address", posts.c.address)

tags = Table(
    "tags",
    metadata,
    Column("slug", Key, primary_key=True),
    _text("name"),
    # A name that an editor wrote is never replaced by one that was only suggested.
    Column("by_editor", Boolean, nullable=False),
)

# A post keeps the names of its tags as its editor wrote them; `tags` holds the one that lists show.
# `published` repeats the post's, so that one index gives a tag's newest posts; it is NULL while the post is gone.
post_tags = Table(
    "post_tags",
    metadata,
    _post(),
    Column("origin", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("tag_slug", Key, ForeignKey("tags.slug"), nullable=False),
    _text("name"),
    Column("published", Instant),
)
_TAGGED = (post_tags.c.origin == EDITOR) & post_tags.c.published.is_not(None)
Index(
    "ix_post_tags_listed",
    post_tags.c.tag_slug,
    post_tags.c.published,
    post_tags.c.post_id,
    sqlite_where=_TAGGED,
)

post_authors = Table(
    "post_authors",
    metadata,
    _post(),
    Column("position", Integer, primary_key=True),
    Column("slug", Key, nullable=False),
    _text("name"),
    Column("published", Instant),
)
_WRITTEN = post_authors.c.published.is_not(None)
Index(
    "ix_post_authors_listed",
    post_authors.c.slug,
    post_authors.c.published,
    post_authors.c.post_id,
    sqlite_where=_WRITTEN,
)

# When a post last left a label: it was withdrawn, or has it no more. `kind` and `slug` are "" for the blog as a whole.
departures = Table(
    "departures",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("slug", Key, primary_key=True),
    Column("at", Instant, nullable=False),
)

post_links = Table(
    "post_links",
    metadata,
    _post(),
    Column("position", Integer, primary_key=True),
    Column("target", Key, nullable=False),
    Column("by_editor", Boolean, nullable=False),
    Index("ix_post_links_target", "target"),
)

related = Table(
    "related",
    metadata,
    _post(),
    Column("position", Integer, primary_key=True),
    Column("other_id", Id, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("origin", Choice(Origin), nullable=False),
    Column("score", Double, nullable=False),
    Index("ix_related_other_id", "other_id"),
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uid", Key, nullable=False, unique=True),
    _text("title"),
    _text("summary"),
    _text("html"),
    # Local times, ISO 8601: ten characters are a date, so an all-day event.
    Column("starts", Text, nullable=False),
    Column("ends", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("recurrence", Json, nullable=False),
    Column("overrides", Json, nullable=False),
    _text("location"),
    _text("url"),
    Column("status", Choice(EventStatus), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("updated", Instant, nullable=False),
    Column("gone", Instant),
    Column("recurring", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

event_tags = Table(
    "event_tags",
    metadata,
    Column("event_id", Id, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("tag_slug", Key, ForeignKey("tags.slug"), nullable=False),
    _text("name"),
    Index("ix_event_tags_tag", "tag_slug"),
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("event_id", Id, ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    Column("key", Key, nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    _text("title"),
    _text("location"),
    Column("status", Choice(EventStatus), nullable=False),
    Column("known", Instant, nullable=False),
    UniqueConstraint("event_id", "key"),
    Index("ix_occurrences_starts", "starts", "id"),
    Index("ix_occurrences_ends", "ends"),
    Index("ix_occurrences_event", "event_id", "starts"),
    sqlite_autoincrement=True,
)

source_looks = Table(
    "source_looks",
    metadata,
    Column("source", Key, primary_key=True),
    _text("context"),
    _text("etag"),
    _text("last_modified"),
    Column("looked", Instant, nullable=False),
)

source_entries = Table(
    "source_entries",
    metadata,
    Column("source", Key, primary_key=True),
    Column("entry", Key, primary_key=True),
    _text("fingerprint"),
    Column("posts", Json, nullable=False),
    Column("events", Json, nullable=False),
)

chats = Table(
    "chats",
    metadata,
    Column("id", Id, primary_key=True),
    Column("telegram_id", Id, nullable=False),
    Column("thread_id", Id, nullable=False),
    Column("kind", Choice(ChatKind), nullable=False),
    _text("title"),
    _text("language"),
    _text("timezone"),
    Column("paused", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("digest", Choice(Digest), nullable=False),
    Column("digest_hour", SmallInteger, nullable=False),
    Column("digest_day", SmallInteger, nullable=False),
    Column("quiet_from", SmallInteger),
    Column("quiet_until", SmallInteger),
    Column("muted_until", Instant),
    Column("topic_id", Id, nullable=False),
    Column("zone_asked", Boolean, nullable=False),
    UniqueConstraint("telegram_id", "thread_id"),
    sqlite_autoincrement=True,
)

# The indexes of follows and rules end in chat_id, so that an audience is read in pages, in order, from any chat on.
follows = Table(
    "follows",
    metadata,
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Choice(FollowKind), primary_key=True),
    Column("value", Key, primary_key=True),
    Column("created", Instant, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Index("ix_follows_audience", "kind", "value", "chat_id", "created"),
)

rules = Table(
    "rules",
    metadata,
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("days", Integer, primary_key=True),
    Column("minutes", Integer, primary_key=True),
    Column("event_uid", Key, primary_key=True),
    Column("created", Instant, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Index("ix_rules_offset", "days", "minutes", "event_uid", "chat_id", "created"),
    Index("ix_rules_event", "event_uid", "chat_id", "created"),
)

filters = Table(
    "filters",
    metadata,
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Choice(FilterKind), primary_key=True),
    Column("value", Key, primary_key=True),
    Column("only", Boolean, nullable=False),
    Column("created", Instant, nullable=False),
    Index("ix_filters_value", "kind", "value"),
)

# The addresses of chats' own calendars. What is secret in one is kept as a digest alone; an old one is told that it ended.
calendars = Table(
    "calendars",
    metadata,
    Column("digest", Key, primary_key=True),
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("created", Instant, nullable=False),
    Column("ended", Instant),
    Index("ix_calendars_chat", "chat_id"),
)

# What each process that sends for a bot knows of Telegram's limits, and when it was last seen. A bot is known by a digest
# of its token.
senders = Table(
    "senders",
    metadata,
    Column("bot", Key, primary_key=True),
    Column("process", Key, primary_key=True),
    Column("seen", Instant, nullable=False),
    Column("rate", Double, nullable=False),
    Column("refused", Instant),
    Column("paused_until", Instant),
    Column("failures", Integer, nullable=False),
)

# `cursor` is the last chat that fan-out has passed; `done` is when it passed the last, or when the announcement was
# withdrawn. An occurrence may vanish from the calendar before its announcements do, so that column is no foreign key.
# `sweep` is when to look next for notifications that are too late; it is NULL once none of them is open any more.
announcements = Table(
    "announcements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Key, nullable=False, unique=True),
    Column("kind", Choice(AnnouncementKind), nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("due", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("post_id", Id, ForeignKey("posts.id")),
    Column("event_id", Id, ForeignKey("events.id")),
    Column("occurrence_id", Id),
    Column("days", Integer),
    Column("minutes", Integer),
    Column("detail", Json, nullable=False),
    Column("cursor", Id, nullable=False),
    Column("done", Instant),
    Column("withdrawn", Prose),
    Column("corrects", Id),
    Column("sweep", Instant),
    Index("ix_announcements_post", "post_id"),
    Index("ix_announcements_event", "event_id"),
    Index("ix_announcements_occurrence", "occurrence_id"),
    sqlite_autoincrement=True,
)
_PENDING = announcements.c.done.is_(None)
Index("ix_announcements_pending", announcements.c.due, sqlite_where=_PENDING)

_OPEN = announcements.c.sweep.is_not(None)
Index("ix_announcements_open", announcements.c.sweep, sqlite_where=_OPEN)

# The ledger. It grows by a million rows in one mailing, each made from its parents in the same statement, so it
# carries no foreign keys (they would only repeat the lookup) and few indexes: a queued row stands in the primary key and
# in the queue, and nowhere else. `deadline` is what it is ordered by within its lane. What may not be sent before some
# later instant is `parked`: it leaves the queue until then, so that nobody has to look past it.
notifications = Table(
    "notifications",
    metadata,
    Column("announcement_id", Id, primary_key=True),
    Column("chat_id", Id, primary_key=True),
    Column("lane", SmallInteger, nullable=False),
    Column("state", Choice(NotificationState), nullable=False),
    Column("due", Instant, nullable=False),
    Column("deadline", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("parked", SmallInteger, nullable=False),
    Column("lease_until", Instant),
    Column("lease", Id),
    Column("attempts", Integer, nullable=False),
    Column("doubts", Integer, nullable=False),
    Column("message_id", Id),
    _text("reason"),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
_READY = (notifications.c.state == QUEUED) & (notifications.c.parked == NO)
_PARKED = (notifications.c.state == QUEUED) & (notifications.c.parked == YES)
_LEASED = notifications.c.lease_until.is_not(None)
TOLD = notifications.c.state.in_((SENT, UNCERTAIN))
TROUBLE = notifications.c.state.in_((FAILED, UNCERTAIN))
Index(
    "ix_notifications_queue",
    notifications.c.lane,
    notifications.c.deadline,
    notifications.c.announcement_id,
    notifications.c.chat_id,
    sqlite_where=_READY,
)
Index("ix_notifications_parked", notifications.c.not_before, sqlite_where=_PARKED)
Index(
    "ix_notifications_leased",
    notifications.c.chat_id,
    notifications.c.lease_until,
    sqlite_where=_LEASED,
)
# What a chat was told, the latest last; a row enters it once, when it arrived (or may have).
Index("ix_notifications_told", notifications.c.chat_id, notifications.c.at, sqlite_where=TOLD)
# What an operator may want to look at.
Index("ix_notifications_trouble", notifications.c.at, sqlite_where=TROUBLE)

# The feeds as hubs and subscribers were last told of them: a digest of what each held.
topics = Table(
    "topics",
    metadata,
    Column("path", Key, primary_key=True),
    Column("digest", Key, nullable=False),
)

# Who is sent which feed by our own hub. `host` is the callback's. The secret signs each push, so it is kept as it is.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("callback", Key, primary_key=True),
    Column("topic", Key, primary_key=True),
    Column("host", Key, nullable=False),
    _text("secret"),
    Column("created", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Index("ix_subscriptions_topic", "topic"),
    Index("ix_subscriptions_host", "host"),
    Index("ix_subscriptions_expires", "expires"),
)

# The ledger of calls that are owed to hubs and subscribers: one row for each target, feed and kind, however often it is
# wanted (`changes` counts that). A hub that refused several feeds at once is told of each `alone`.
errands = Table(
    "errands",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Choice(ErrandKind), nullable=False),
    Column("target", Key, nullable=False),
    Column("host", Key, nullable=False),
    Column("topic", Key, nullable=False),
    Column("state", Choice(NotificationState), nullable=False),
    Column("detail", Json, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("alone", SmallInteger, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("expires", Instant),
    Column("lease_until", Instant),
    Column("lease", Id),
    Column("attempts", Integer, nullable=False),
    _text("reason"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("target", "topic", "kind", name="uq_errands_target_topic_kind"),
    Index("ix_errands_host", "host"),
    sqlite_autoincrement=True,
)
_WANTED, _UNDER_WAY = errands.c.state == QUEUED, errands.c.state == SENDING
Index("ix_errands_queue", errands.c.not_before, sqlite_where=_WANTED)
Index("ix_errands_under_way", errands.c.target, sqlite_where=_UNDER_WAY)
# Those to be asked, who are counted whenever a stranger comes to the hub.
Index("ix_errands_asked", errands.c.host, sqlite_where=errands.c.kind == VERIFY)
