"""What all nouns of the store share: a connection inside a transaction, and how statements are run on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import CursorResult, Executable, Row, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    Insert = postgresql.Insert | sqlite.Insert

CHUNK = 1_000  # both drivers take some 32,000 parameters in one statement
MOST = 2**31 - 1

T = TypeVar("T")
AnyRow = Row[*tuple[Any, ...]]


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """`items` in pieces of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def within(number: int) -> int:
    """A limit or an offset as both databases take it: neither negative nor beyond 31 bits."""
    return max(0, min(number, MOST))


class Noun:
    """One noun within one transaction."""

    def __init__(self, connection: AsyncConnection, dialect: str) -> None:
        self._connection = connection
        self._dialect = dialect

    async def _run(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        return await self._connection.execute(statement, parameters)

    async def _rows(self, statement: Executable, parameters: Any = None) -> Sequence[AnyRow]:
        return (await self._run(statement, parameters)).all()

    async def _first(self, statement: Executable, parameters: Any = None) -> AnyRow | None:
        return (await self._run(statement, parameters)).first()

    async def _value(self, statement: Executable, parameters: Any = None) -> Any:
        return (await self._run(statement, parameters)).scalar()

    async def _count(self, statement: Executable, parameters: Any = None) -> int:
        """How many rows a change touched."""
        return (await self._run(statement, parameters)).rowcount

    def _insert(self, table: Table) -> Insert:
        """An INSERT that can say ON CONFLICT."""
        if self._dialect == "sqlite":
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # two megabytes, which who is on SQLite does without

        return postgresql.insert(table)
