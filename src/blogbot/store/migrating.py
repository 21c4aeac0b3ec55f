"""Runs the migrations. The only place that knows Alembic, loaded by `schema` when it is needed."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from blogbot.store.schema import SCRIPTS


def migrate(connection: Connection, version: str) -> None:
    """Brings the tables up to `version`, inside the caller's transaction."""
    command.upgrade(config(connection), version)


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings; there is no alembic.ini."""
    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings
