"""Opening, upgrading and checking a database, and what people are told where that fails."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from blogbot.clock import Clock
from blogbot.errors import SchemaError, StoreError
from blogbot.model import Label, LabelKind
from blogbot.store import Store
from blogbot.store.engine import engines
from blogbot.store.migrating import config, migrate
from blogbot.store.schema import VERSIONS
from blogbot.store.tables import metadata
from tests.commands import upgrade
from tests.nursery import forked
from tests.store_samples import add_chat, add_post


@pytest.fixture(params=["sqlite", "postgres"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table; once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


async def _execute(url: str, *statements: str) -> None:
    """Changes a database behind the store's back."""
    parts = engines(url)
    async with parts.writer.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await parts.dispose()


def _tables_only(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    return not (kind == "table" and name is not None and name.startswith("post_search"))


def _differs(context: MigrationContext, *columns_and_types: Any) -> bool:
    """Whether two types, the last of the arguments, are written differently in this database's own words."""
    *_, present, wanted = columns_and_types
    dialect = context.dialect
    return str(present.compile(dialect)) != str(wanted.compile(dialect))


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"include_object": _tables_only, "compare_type": _differs})
    return list(compare_metadata(context, metadata))


async def test_the_migrations_make_what_the_tables_say(store_url: str) -> None:
    parts = engines(store_url)
    async with parts.reader.connect() as connection:
        differences = await connection.run_sync(_differences)
    await parts.dispose()
    # Alembic reads back no expression of a partial index, so those stand for themselves in other tests.
    assert [each for each in differences if not isinstance(each, tuple) or "index" not in each[0]] == []


def test_the_files_of_the_migrations_are_numbered_as_alembic_runs_them() -> None:
    scripts = ScriptDirectory.from_config(config()).walk_revisions()
    assert [script.revision for script in scripts] == list(reversed(VERSIONS))


async def test_the_migrations_make_the_indexes_that_the_tables_name_and_no_others(store: Store) -> None:
    named = {str(index.name) for table in metadata.tables.values() for index in table.indexes}
    catalogue = "sqlite_master WHERE type = 'index'" if store.dialect == "sqlite" else "pg_indexes"
    column = "name" if store.dialect == "sqlite" else "indexname"
    async with store._engines.reader.connect() as connection:
        present = set((await connection.execute(text(f"SELECT {column} FROM {catalogue}"))).scalars())
    assert {name for name in present if name.startswith("ix_") and "post_search" not in name} == named


async def test_a_new_database_is_upgraded_and_upgrading_again_changes_nothing(bare_url: str, clock: Clock) -> None:
    store = await Store.open(bare_url, clock=clock)
    (problem,) = await store.check()
    assert "blogbot db upgrade" in problem
    with pytest.raises(SchemaError, match="blogbot db upgrade"):
        async with store.read() as tx:
            await tx.posts.stamps()
    await store.upgrade()
    async with store.write() as tx:
        await add_post(tx, "a")
    await store.upgrade()
    assert await store.check() == []
    async with store.read() as tx:
        assert len(await tx.posts.stamps()) == 1
    await store.close()


def test_processes_that_start_at_once_upgrade_together(bare_url: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        all_three = [
            stack.enter_context(
                forked(upgrade, bare_url, folder=tmp_path, environment=os.environ, log=tmp_path / f"{number}.log")
            )
            for number in range(3)
        ]
        assert [process.communicate(60) for process in all_three] == [("[]\n", "")] * 3


async def test_stores_in_one_process_upgrade_together(bare_url: str, clock: Clock) -> None:
    stores = [await Store.open(bare_url, clock=clock) for _ in range(3)]
    await asyncio.gather(*(store.upgrade() for store in stores))
    assert [await store.check() for store in stores] == [[]] * 3
    for store in stores:
        await store.close()


async def test_an_upgrade_learns_when_posts_left_from_those_that_are_gone(bare_url: str, clock: Clock) -> None:
    parts = engines(bare_url)
    async with parts.writer.begin() as connection:
        await connection.run_sync(migrate, "0006")
    await parts.dispose()
    post = "(key, slug, url, address, title, summary, html, language, image, published, updated, revision, gone, terms, kin)"
    values = "'', '', '', '', '', '', '', 1, 1, 1"
    await _execute(
        bare_url,
        f"INSERT INTO posts {post} VALUES ('a', 'a', {values}, 5000000, '', 0), ('b', 'b', {values}, NULL, '', 0)",
        "INSERT INTO tags (slug, name, by_editor) VALUES ('art', 'Art', true)",
        "INSERT INTO post_tags (post_id, origin, position, tag_slug, name) VALUES (1, 'editor', 0, 'art', 'Art')",
        "INSERT INTO post_authors (post_id, position, slug, name) VALUES (1, 0, 'ann', 'Ann'), (2, 0, 'bo', 'Bo')",
    )
    store = await Store.open(bare_url, clock=clock)
    await store.upgrade()
    async with store.read() as tx:
        left = await tx.posts.departures()
    await store.close()
    assert left.keys() == {None, Label(LabelKind.TAG, "art"), Label(LabelKind.AUTHOR, "ann")}
    assert len(set(left.values())) == 1


async def test_an_upgrade_that_fails_leaves_the_database_as_it_was(bare_url: str, clock: Clock) -> None:
    await _execute(bare_url, "CREATE TABLE rules (id INTEGER)")  # in the way of ours
    store = await Store.open(bare_url, clock=clock)
    with pytest.raises(StoreError):
        await store.upgrade()
    (problem,) = await store.check()
    assert "no tables yet" in problem
    await store.close()


async def test_a_database_of_a_newer_blogbot_is_left_alone(bare_url: str, clock: Clock) -> None:
    store = await Store.open(bare_url, clock=clock)
    await store.upgrade()
    await _execute(bare_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaError, match="newer blogbot"):
        await store.upgrade()
    (problem,) = await store.check()
    assert "newer blogbot" in problem
    await store.close()


async def test_a_table_that_lacks_a_column_is_reported_as_older(bare_url: str, clock: Clock) -> None:
    store = await Store.open(bare_url, clock=clock)
    await store.upgrade()
    await _execute(bare_url, "ALTER TABLE chats DROP COLUMN language")
    with pytest.raises(SchemaError, match="older"):
        async with store.read() as tx:
            await tx.chats.by_id(1)
    await store.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "cannot be read"),
        ("nonsense", "cannot be read"),
        ("mysql://root:hunter2@host/db", "mysql is not"),
        ("postgresql+psycopg://root:hunter2@host/db", r"postgresql\+psycopg is not"),
        ("postgresql://root:hunter2@host:notaport/db", "cannot be read"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://folder/file.db", "names no file"),
        ("sqlite:////no/such/folder/x.db", "does its folder exist"),
        ("sqlite:////tmp", "cannot be opened"),
        ("postgresql://root:hunter2@127.0.0.1:1/db", r"127\.0\.0\.1:1/db does not answer; is PostgreSQL running"),
        ("postgresql+asyncpg://root:hunter2@no-such-host.invalid/db", r"no-such-host\.invalid/db does not answer"),
        ("postgresql://root:hunter2@127.0.0.1:1/db?sslmode=disable", "does not answer"),
        ("postgres://root:hunter2@127.0.0.1:1/db?colour=red", "is not understood"),
    ],
)
async def test_a_wrong_address_is_answered_with_advice_and_never_with_the_password(
    url: str, says: str, clock: Clock
) -> None:
    with pytest.raises(StoreError, match=says) as raised:
        await Store.open(url, clock=clock)
    assert "hunter2" not in str(raised.value)


async def test_a_database_that_does_not_exist_is_named(postgres_server: str, clock: Clock) -> None:
    with pytest.raises(StoreError, match="nowhere: there is no such database"):
        await Store.open(postgres_server.replace("/postgres?", "/nowhere?"), clock=clock)


async def test_every_spelling_of_an_address_opens_the_same_database(
    sqlite_url: str, postgres_url: str, clock: Clock
) -> None:
    for url, spellings in (
        (sqlite_url, ("sqlite:", "sqlite+aiosqlite:")),
        (postgres_url, ("postgresql:", "postgres:", "postgresql+asyncpg:")),
    ):
        for number, spelling in enumerate(spellings):
            store = await Store.open(spelling + url.split(":", 1)[1], clock=clock)
            async with store.write() as tx:
                await add_chat(tx, number)
                assert await tx.chats.count() == number + 1
            await store.close()


async def test_without_the_driver_postgresql_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(StoreError, match=r"pip install 'blogbot\[postgres\]'"):
        await Store.open("postgresql://host/db", clock=clock)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear reader, " * 1_000)
    with pytest.raises(StoreError, match=r"letter\.db: this file is not an SQLite database"):
        await Store.open(f"sqlite:///{file}", clock=clock)


async def test_a_locked_file_is_reported_and_reading_it_goes_on(sqlite_url: str, clock: Clock) -> None:
    store = await Store.open(f"{sqlite_url}?timeout=0.05", clock=clock)
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another program holds it"):
        async with store.write():
            pass
    async with store.read() as tx:
        assert await tx.posts.stamps() == {}
    holder.execute("ROLLBACK")
    holder.close()
    async with store.write() as tx:
        await add_chat(tx, 1)
    await store.close()


async def test_a_damaged_file_is_found_by_the_check(sqlite_template: Path, tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "damaged.db"
    shutil.copyfile(sqlite_template, file)
    store = await Store.open(f"sqlite:///{file}", clock=clock)
    async with store.write() as tx:
        for number in range(2_000):
            await add_chat(tx, number)
    await store.close()
    data = bytearray(file.read_bytes())
    data[-8 * 4096 :] = b"\x07" * (8 * 4096)
    file.write_bytes(data)
    store = await Store.open(f"sqlite:///{file}", clock=clock)
    try:
        problems = await store.check()
    except StoreError as error:
        problems = [str(error)]
    assert problems
    assert "damaged" in problems[0]
    await store.close()


async def test_a_lost_parent_is_found_by_the_check(sqlite_url: str, clock: Clock) -> None:
    store = await Store.open(sqlite_url, clock=clock)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    other.execute("INSERT INTO follows (chat_id, kind, value, created) VALUES (7, 'everything', '', 0)")
    other.commit()
    other.close()
    assert await store.check() == [f"the database {store.place} has a row in follows whose parent is missing"]
    await store.close()
