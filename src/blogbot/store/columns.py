"""The columns' types: how instants, ids, texts and choices are kept, the same on both databases.

What comes from outside is bounded and made storable here, so that no table refuses it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LARGEST = 2**63 - 1
KEY_BYTES = 512  # PostgreSQL refuses index entries over about 2,700 bytes, and an index may hold several keys

Choices = TypeVar("Choices", bound=StrEnum)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as whole microseconds since 1970-01-01T00:00Z."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // MICROSECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], datetime | None]:
        # Nothing is read more often, by many the same; and by `process_result_value` each would be two calls.
        return _instant


class Id(TypeDecorator[int]):
    """A whole number of 64 bits. One that does not fit is nobody's id, so it becomes one that nobody has."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # SQLite gives out ids by itself only for a column of exactly this type.
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        return value if value is None or -LARGEST <= value <= LARGEST else -LARGEST


class Prose(TypeDecorator[str]):
    """Text. What a database cannot hold (a NUL, half a surrogate pair) is dropped or replaced rather than refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Key(TypeDecorator[str]):
    """Text that is looked up. A very long one keeps its beginning and gets a digest instead of its end."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # In order of code points on both databases, whatever language the server was set up in.
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else bounded(value)


class Json(TypeDecorator[Any]):
    """A small JSON document, as ASCII text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        return json.dumps(value, separators=(",", ":"))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        return _document


class Choice(TypeDecorator[Choices], Generic[Choices]):
    """One of the words of an enumeration."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[Choices]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: Choices | None, dialect: Dialect) -> str | None:
        return None if value is None else self.choices(value).value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Choices | None]:
        known: dict[str | None, Choices | None] = {choice.value: choice for choice in self.choices}
        known[None] = None
        return known.__getitem__


@lru_cache(maxsize=4096)
def _instant(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


def _document(text: str | None) -> Any:
    return None if text is None else [] if text == "[]" else json.loads(text)


def storable(text: str) -> str:
    """`text` without what a database refuses."""
    text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def bounded(text: str) -> str:
    """`text`, at most KEY_BYTES bytes of UTF-8; different texts stay different."""
    text = storable(text)
    data = text.encode()
    if len(data) <= KEY_BYTES:
        return text
    digest = hashlib.sha256(data).hexdigest()
    return f"{data[: KEY_BYTES - len(digest) - 1].decode('utf-8', 'ignore')}~{digest}"
