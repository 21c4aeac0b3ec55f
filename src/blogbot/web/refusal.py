"""What our own addresses refuse, in words that the page about it says in the site's language."""

from __future__ import annotations

from starlette.exceptions import HTTPException

from blogbot.i18n import Words


class RefusedError(HTTPException):
    """400. `said` is a msgid with the names of `values` in braces."""

    def __init__(self, said: str, /, **values: object) -> None:
        super().__init__(400, said.format(**values))
        self._said = said
        self._values = values

    def reason(self, words: Words) -> str:
        return words.gettext(self._said).format(**self._values)
