"""Which post a name means: its address, its slug, the id that its editor gave it, its title.

Where several posts have one name, it means the first that came. It must not know what names are for.
"""

from __future__ import annotations


class Names:
    """Names of one kind, each with its post."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._others: dict[str, tuple[int, ...]] = {}

    def get(self, name: str) -> int | None:
        """The post that has a name."""
        return self._ids.get(name)

    def take(self, name: str, id_: int) -> None:
        """Gives a post a name."""
        rivals = {id_, self._ids.get(name, id_), *self._others.get(name, ())}
        self._settle(name, rivals)

    def drop(self, name: str, id_: int) -> None:
        """Takes a name from a post; one that does not have it is no error."""
        rivals = {self._ids.get(name, id_), *self._others.get(name, ())} - {id_}
        self._settle(name, rivals)

    def _settle(self, name: str, rivals: set[int]) -> None:
        self._ids.pop(name, None)
        self._others.pop(name, None)
        if rivals:
            first, *others = sorted(rivals)
            self._ids[name] = first
            if others:
                self._others[name] = tuple(others)
