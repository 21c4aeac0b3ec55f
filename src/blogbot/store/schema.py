"""The tables' version: brings a database up to date, and tells how it stands. Knows Alembic, not the nouns."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from blogbot.errors import SchemaError

_UPGRADING = 0x626F7421  # any number of our own: who upgrades a PostgreSQL holds this lock
_SCRIPTS = Path(__file__).parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings; there is no alembic.ini."""
    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def upgrade(connection: Connection, place: str) -> None:
    """Migrates to this blogbot's version, inside the caller's transaction. Raises SchemaError for a newer database."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADING})
    version = current(connection)
    if version == head():
        return
    if version is not None and not _known(version):
        raise SchemaError(newer(place))
    command.upgrade(config(connection), "head")


def check(connection: Connection, place: str) -> list[str]:
    """What is wrong with the database, in sentences; [] where nothing is."""
    version = current(connection)
    if version is None:
        return [f"the database {place} has no tables yet; run `blogbot db upgrade`"]
    if version != head():
        return [_older(place) if _known(version) else newer(place)]
    if connection.dialect.name != "sqlite":
        return []
    found = connection.execute(text("PRAGMA integrity_check(5)")).scalars().all()
    broken = [f"the database {place} is damaged ({line}); bring back a backup" for line in found if line != "ok"]
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return broken + [f"the database {place} has a row in {row[0]} whose parent is missing" for row in orphans[:5]]


def current(connection: Connection) -> str | None:
    """The version of the database's tables, or None where it has none."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The version that this blogbot works with."""
    return ScriptDirectory.from_config(config()).get_current_head()


def newer(place: str) -> str:
    return f"the database {place} was made by a newer blogbot; install that one, or bring back an older backup"


def _older(place: str) -> str:
    return f"the database {place} is older than this blogbot; run `blogbot db upgrade`"


def _known(version: str) -> bool:
    return any(script.revision == version for script in ScriptDirectory.from_config(config()).walk_revisions())
