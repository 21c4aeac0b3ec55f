"""The tables' version: how a database stands, and whether it has to be brought up to date.

Versions are the numbers that the files in `migrations/versions` begin with. Alembic, which does the migrating, is loaded only
when there is something to migrate: it would stay in memory for as long as blogbot runs.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from blogbot.errors import SchemaError

SCRIPTS = Path(__file__).parent / "migrations"
VERSIONS = tuple(sorted(file.name.partition("_")[0] for file in (SCRIPTS / "versions").glob("[0-9]*_*.py")))
HEAD = VERSIONS[-1]
"""The version that this blogbot works with."""

_UPGRADING = 0x626F7421  # any number of our own: who upgrades a PostgreSQL holds this lock


def upgrade(connection: Connection, place: str) -> None:
    """Migrates to this blogbot's version, inside the caller's transaction. Raises SchemaError for a newer database."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADING})
    version = current(connection)
    if version == HEAD:
        return
    if version is not None and version not in VERSIONS:
        raise SchemaError(newer(place))
    from blogbot.store.migrating import migrate

    migrate(connection, HEAD)


def check(connection: Connection, place: str) -> list[str]:
    """What is wrong with the database, in sentences; [] where nothing is."""
    version = current(connection)
    if version is None:
        return [f"the database {place} has no tables yet; run `blogbot db upgrade`"]
    if version != HEAD:
        return [_older(place) if version in VERSIONS else newer(place)]
    if connection.dialect.name != "sqlite":
        return []
    found = connection.execute(text("PRAGMA integrity_check(5)")).scalars().all()
    broken = [f"the database {place} is damaged ({line}); bring back a backup" for line in found if line != "ok"]
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return broken + [f"the database {place} has a row in {row[0]} whose parent is missing" for row in orphans[:5]]


def current(connection: Connection) -> str | None:
    """The version of the database's tables, or None where it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def newer(place: str) -> str:
    return f"the database {place} was made by a newer blogbot; install that one, or bring back an older backup"


def _older(place: str) -> str:
    return f"the database {place} is older than this blogbot; run `blogbot db upgrade`"
