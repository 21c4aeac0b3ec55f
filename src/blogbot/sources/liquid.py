"""Template tags in Markdown (Liquid, Nunjucks, Hugo), resolved without their site: links stay links, the rest vanishes.

Knows nothing of front matter or files. It reads each character a bounded number of times, whatever it is given.
"""

from __future__ import annotations

import re
from bisect import bisect_left

_OPENER = re.compile(r"\{\{|\{%|`+|^[ ]{0,3}(?:`{3,}|~{3,})", re.MULTILINE)
_WORD = re.compile(r"[\s-]*([\w-]+)")
_STRING = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_ARGUMENT = re.compile(r"""([\w-]+)\s*[=:]\s*(?:"([^"]*)"|'([^']*)')""")
_DATED = re.compile(r"(?:.*/)?(\d{4})-(\d{2})-(\d{2})-([^/]+)")
_MAX_TAG = 4_000
_CLOSERS = {"{{<": ">}}", "{{%": "%}}"}
_PATH_FILTERS = frozenset({"url", "relative_url", "absolute_url", "locale_url", "prepend", "append", "safe"})
# Of these blocks nothing is meant to be seen.
_HIDDEN = {"comment": "endcomment"}


def resolve(text: str) -> str:
    """`text` without template tags: `{{ "/a/" | url }}` is /a/, an image tag a Markdown image, others nothing.

    Code keeps what looks like a tag; a raw block keeps all that it holds.
    """
    if "{{" not in text and "{%" not in text:
        return text
    return _Scanner(text).run()


class _Scanner:
    """One pass over a text. What is searched for and never found is searched for once only."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._out: list[str] = []
        self._missing: set[str] = set()
        # Where the runs of backticks end, by their length.
        self._ticks: dict[int, list[int]] = {}
        for match in re.finditer("`+", text):
            self._ticks.setdefault(len(match[0]), []).append(match.end())

    def run(self) -> str:
        at = 0
        while match := _OPENER.search(self._text, at):
            self._out.append(self._text[at : match.start()])
            mark = match[0].strip()
            if mark[0] == "{":
                at = self._tag(match.start())
            elif len(mark) >= 3 and self._starts_line(match.start()):
                at = self._fence(match.start(), match.end(), mark)
            else:
                at = self._span(match.start(), match.end(), mark)
        self._out.append(self._text[at:])
        return "".join(self._out)

    def _starts_line(self, at: int) -> bool:
        return self._text[self._text.rfind("\n", max(0, at - 4), at) + 1 : at].strip() == "" if at else True

    def _fence(self, start: int, after: int, mark: str) -> int:
        closer = re.compile(rf"^[ ]{{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$", re.MULTILINE)
        end = closer.search(self._text, after)
        stop = end.end() if end else len(self._text)
        self._out.append(_without_raw(self._text[start:stop]))
        return stop

    def _span(self, start: int, after: int, mark: str) -> int:
        """Code between backticks ends at the next run of as many (CommonMark, 6.1); without one they are no code."""
        ends = self._ticks.get(len(mark), [])
        at = bisect_left(ends, after + len(mark))
        near = at < len(ends) and ends[at] - after <= _MAX_TAG and "\n\n" not in self._text[after : ends[at]]
        stop = ends[at] if near else after
        self._out.append(_without_raw(self._text[start:stop]))
        return stop

    def _tag(self, start: int) -> int:
        opener = self._text[start : start + 3]
        closer = _CLOSERS.get(opener) or ("}}" if opener[:2] == "{{" else "%}")
        inside = start + (3 if opener in _CLOSERS else 2)
        end = self._text.find(closer, inside, inside + _MAX_TAG)
        if end < 0 or (opener[:2] == "{%" and self._text.find("{%", inside, end) >= 0):
            self._out.append(self._text[start:inside])
            return inside
        content, after = self._text[inside:end], end + len(closer)
        if opener in _CLOSERS:
            self._out.append(_shortcode(content))
        elif closer == "}}":
            self._out.append(_expression(content.strip().strip("-")))
        else:
            return self._statement(content.strip().strip("-+"), after)
        return after

    def _statement(self, content: str, after: int) -> int:
        word = _WORD.match(content)
        name = word[1] if word else ""
        if name == "raw" or name in _HIDDEN:
            closing = self._closing(_HIDDEN.get(name, "endraw"), after)
            if closing:
                if name == "raw":
                    self._out.append(self._text[after : closing[0]])
                return closing[1]
        self._out.append(_statement(name, content))
        return after

    def _closing(self, name: str, start: int) -> tuple[int, int] | None:
        if name in self._missing:
            return None
        match = re.compile(rf"\{{%[-+]?\s*{name}\s*[-+]?%\}}").search(self._text, start)
        if match is None:
            self._missing.add(name)
            return None
        return match.span()


def _without_raw(code: str) -> str:
    return re.sub(r"\{%[-+]?\s{0,9}(?:end)?raw\s{0,9}[-+]?%\}", "", code)


def _strings(content: str) -> list[str]:
    return [first or second for first, second in _STRING.findall(content)]


def _expression(content: str) -> str:
    """`"/a/" | url` is the path; `"jo" | team_link` still reads as a name; a variable is unknown here."""
    if content.strip() == "site.baseurl":
        return ""
    strings = _STRING.match(content.strip())
    if strings is None:
        return ""
    literal: str = strings[1] or strings[2] or ""
    filters = [part.strip().partition(":")[0].strip() for part in content[strings.end() :].split("|")[1:]]
    if not filters or all(name in _PATH_FILTERS for name in filters):
        return _path(literal)
    return literal if any(name.endswith("link") for name in filters) else ""


def _statement(name: str, content: str) -> str:
    if name in ("post_url", "link"):
        _, _, target = content.strip().partition(name)
        return _path(target.strip().strip("\"'"))
    if name.startswith("image"):
        strings = _strings(content)
        return _image(strings[0], strings[-1] if len(strings) > 1 else "") if strings else ""
    return ""


def _shortcode(content: str) -> str:
    word = _WORD.match(content)
    name = word[1] if word else ""
    strings = _strings(content)
    named: dict[str, str]
    named = {key: first or second for key, first, second in _ARGUMENT.findall(content)}
    if name in ("ref", "relref", "link", "url"):
        return _path(strings[0]) if strings else ""
    if name.startswith(("img", "image", "figure")):
        return _image(named.get("src", ""), named.get("alt") or named.get("caption", ""))
    return named.get("label", "")


def _path(target: str) -> str:
    """A link's target as its site would write it: a dated file is /2016/01/31/name/, a Markdown file its folder."""
    path, mark, fragment = target.strip().partition("#")
    if path.startswith(("http://", "https://", "mailto:")):
        return target.strip()
    bare = re.sub(r"\.(?:md|markdown)$", "", path)
    dated = _DATED.fullmatch(bare)
    if dated and (bare != path or "/" not in path):
        return f"/{'/'.join(dated.groups())}/{mark}{fragment}"
    return (f"{bare}/" if bare != path else path) + mark + fragment


def _image(source: str, alt: str) -> str:
    label = re.sub(r"([\[\]\\])", r"\\\1", " ".join(alt.split()))
    if "/" not in source or any(c in source for c in "<>\n"):
        return label  # the name of a picture that only its own site can find
    path = source if source.startswith(("/", "http://", "https://")) else f"/{source}"
    return f"![{label}](<{path}>)"
