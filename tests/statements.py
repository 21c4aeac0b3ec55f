"""SQL that is compiled once for all tests of a process, not once for each test's own engine.

To compile the store's statements takes longer than to run them on the few rows of a test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from typing import Any

from sqlalchemy import Connection, Engine, event

Key = tuple[Any, ...]


class Compiled(MutableMapping[Key, Any]):
    """What SQLAlchemy compiled, by statement alone: it adds the engine's own dialect to a key, of which there is one kind here."""

    def __init__(self) -> None:
        self._kept: dict[Key, Any] = {}

    def __getitem__(self, key: Key) -> Any:
        return self._kept[key[1:]]

    def __setitem__(self, key: Key, compiled: Any) -> None:
        self._kept[key[1:]] = compiled

    def __delitem__(self, key: Key) -> None:
        del self._kept[key[1:]]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


_compiled: defaultdict[str, Compiled] = defaultdict(Compiled)


@event.listens_for(Engine, "engine_connect")
def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled[connection.dialect.name])
