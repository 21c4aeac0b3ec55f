"""What all nouns of the store share: a connection inside a transaction, and how statements are run on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    FromClause,
    Row,
    Select,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    Insert = postgresql.Insert | sqlite.Insert

CHUNK = 1_000  # of items, in one statement: both drivers take some 32,000 parameters, and rows come all at once
MOST = 2**31 - 1

T = TypeVar("T")
AnyRow = Row[*tuple[Any, ...]]


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """`items` in pieces of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def within(number: int) -> int:
    """A limit or an offset as both databases take it: neither negative nor beyond 31 bits."""
    return max(0, min(number, MOST))


class Listed(NamedTuple):
    """How to ask for `some` rows of a list, by "limit" and "offset", each with the `total` of them all; and for that alone.

    Made once: to put a statement together takes longer than its answer.
    """

    some: Select[Any]
    total: Select[Any]

    @classmethod
    def of(
        cls,
        query: Select[Any],
        source: FromClause,
        order: Iterable[ColumnElement[Any]],
        *conditions: ColumnElement[bool],
    ) -> Listed:
        """What `query` selects from `source`, of the rows that fulfil the conditions, in this order."""
        total = select(func.count()).select_from(source).where(*conditions)
        counted = query.add_columns(total.correlate(None).scalar_subquery().label("total"))
        return cls(paged(counted.where(*conditions).order_by(*order)), total)


def paged(query: Select[Any]) -> Select[Any]:
    """Some of its rows, by "limit" and "offset"."""
    return query.limit(bindparam("limit")).offset(bindparam("offset"))


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

    async def _some(
        self, listed: Listed, given: Mapping[str, Any], limit: int, offset: int
    ) -> tuple[Sequence[AnyRow], int]:
        """Rows of a list, and how many there are in all."""
        rows = await self._rows(listed.some, {**given, "limit": within(limit), "offset": within(offset)})
        return rows, rows[0].total if rows else await self._value(listed.total, given)

    async def _count(self, statement: Executable, parameters: Any = None) -> int:
        """How many rows a change touched."""
        return (await self._run(statement, parameters)).rowcount

    def _insert(self, table: Table) -> Insert:
        """An INSERT that can say ON CONFLICT."""
        if self._dialect == "sqlite":
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # two megabytes, which who is on SQLite does without

        return postgresql.insert(table)
