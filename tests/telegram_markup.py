"""Whether a string is well-formed Telegram HTML, found out by another parser than ours."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class Check(HTMLParser):
    """Follows the tags; `balanced` tells whether each end met its start."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.balanced = True

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.balanced = self.balanced and bool(self.stack) and self.stack.pop() == tag


def well_formed(html: str) -> bool:
    """Each tag closed in its order, attributes in quotes, and no bare `<`, `>` or `&`."""
    check = Check()
    check.feed(html)
    check.close()
    bare = re.sub(r'</?[a-z-]+(?: [a-z-]+(?:="[^"<>]*")?)*>', "", html)
    entities = re.sub(r"&(?:lt|gt|amp|quot);", "", bare)
    return check.balanced and not check.stack and not set("<>&") & set(entities)
