"""Lists within a statement: one parameter that holds many ids, and one column that holds many rows.

Each database has its own words for them. With SQLAlchemy's expanding `IN`, a statement would be another text for each length of the
list, and be read anew by SQLAlchemy and by the database; and a statement more takes longer than what most of them find.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Dialect,
    Select,
    Text,
    TypeDecorator,
    bindparam,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeEngine

from blogbot.store.columns import LARGEST, Json


class Ids(TypeDecorator[Sequence[int]]):
    """Whole numbers of 64 bits. Those that do not fit are left out, as nobody's."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(BigInteger()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> list[int] | str:
        ids = [each for each in value or () if -LARGEST <= each <= LARGEST]
        return ids if dialect.name == "postgresql" else str(ids)  # which is JSON


class among(FunctionElement[bool]):  # noqa: N801  # as SQLAlchemy names what reads like a function
    """Whether `column` is one of the numbers in the parameter "ids"."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[int]) -> None:
        super().__init__(column, bindparam("ids", type_=Ids()))

    def self_group(self, against: OperatorType | None = None) -> Self:
        """As it is. SQLAlchemy would compare it with 1 on SQLite, and no index would be used."""
        return self


@compiles(among, "postgresql")
def _any(element: among, compiler: SQLCompiler, **given: Any) -> str:
    column, ids = (compiler.process(each, **given) for each in element.clauses)
    return f"{column} = ANY ({ids})"


@compiles(among, "sqlite")
def _each(element: among, compiler: SQLCompiler, **given: Any) -> str:
    column, ids = (compiler.process(each, **given) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608  # a column and a place for a parameter


def packed(query: Select[Any]) -> ColumnElement[list[list[Any]] | None]:
    """One value that holds all rows that `query` finds, in its order, each a list; for some, none may be None."""
    return select(gathered(*query.subquery().c)).scalar_subquery()


class gathered(FunctionElement[list[Any] | None]):  # noqa: N801
    """The values that a column has in all rows, in their order, or lists of those that several columns have; for some, none may be None."""

    type = Json()
    inherit_cache = True


@compiles(gathered, "postgresql")
def _agg(element: gathered, compiler: SQLCompiler, **given: Any) -> str:
    columns = compiler.process(element.clauses, **given)
    return f"CAST(json_agg({columns if len(element.clauses) == 1 else f'json_build_array({columns})'}) AS TEXT)"


@compiles(gathered, "sqlite")
def _group(element: gathered, compiler: SQLCompiler, **given: Any) -> str:
    columns = compiler.process(element.clauses, **given)
    return f"json_group_array({columns if len(element.clauses) == 1 else f'json_array({columns})'})"
