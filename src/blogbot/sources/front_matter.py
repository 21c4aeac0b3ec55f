"""The block of keys before a Markdown text: YAML between --- lines or TOML between +++ lines, every value a string.

Strings, because YAML would turn `1.10`, `no` and half of all dates into something else than the editor wrote. It must not
know what the keys mean.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Hashable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import yaml
from frontmatter.default_handlers import YAMLHandler

from blogbot.errors import SourceError

if TYPE_CHECKING:
    _Base = yaml.BaseLoader
else:
    _Base = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

MAX_SIZE = 64_000
MAX_DEPTH = 12
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_FENCES = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE),
}


class _Strings(_Base):
    """A YAML loader that resolves nothing, and takes no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a plain word", key.start_mark)
            if key.value in seen:
                problem = f"the key {key.value[:50]!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def fence(text: str) -> str:
    """How the front matter of `text` is fenced, "---" or "+++"; "" where it has none."""
    first = text[:200].partition("\n")[0].rstrip()
    return first if first in _FENCES else ""


def split(text: str, where: str) -> tuple[dict[str, Any], str]:
    """The front matter and the text after it. Keys are in lower case; values are strings, lists or mappings, never None.

    Raises SourceError naming the line for what is not valid YAML or TOML, for aliases, and for what is too large or deep.
    """
    mark = fence(text)
    if not mark:
        return {}, text
    start = text.index("\n") + 1 if "\n" in text else len(text)
    end = _FENCES[mark].search(text, start)
    if end is None:
        raise SourceError(where, f"line 1: the front matter is never closed; end it with a line of {mark}")
    raw = text[start : end.start()]
    if len(raw) > MAX_SIZE:
        raise SourceError(where, f"line 1: the front matter is larger than {MAX_SIZE // 1000} kB; move text below it")
    given = _yaml(raw, where) if mark == "---" else _toml(raw, where)
    if not isinstance(given, dict):
        raise SourceError(where, "line 2: the front matter is no list of keys; write lines such as title: My title")
    fields = {str(key).strip().lower(): _value(value) for key, value in given.items()}
    return {key: value for key, value in fields.items() if value not in ("", [], {})}, text[end.end() :].lstrip("\n")


def _yaml(raw: str, where: str) -> Any:
    try:
        _check(raw)
        return YAMLHandler().load(raw, Loader=_Strings) or {}
    except yaml.MarkedYAMLError as error:
        # The mark counts from 0, and the opening fence is one line more.
        line = error.problem_mark.line + 2 if error.problem_mark else 2
        raise SourceError(where, f"line {line}: the front matter is not valid YAML ({_reason(error)})") from None
    except (yaml.YAMLError, ValueError) as error:
        raise SourceError(where, f"the front matter is not valid YAML ({error})") from None


def _reason(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "it cannot be read"
    if "'\\t'" in problem:
        return "a tab indents it; use spaces"
    return problem.replace("\n", " ")


def _check(raw: str) -> None:
    """Raises for aliases and depth before anything is built: both make small inputs large."""
    depth = 0
    for event in yaml.parse(raw, Loader=_Strings):
        if isinstance(event, yaml.AliasEvent):
            raise _refusal("aliases are not taken; write it out", event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _refusal("it is nested too deeply", event)


def _refusal(problem: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    mark: Any = event.start_mark
    return yaml.MarkedYAMLError(None, None, problem, mark)


def _toml(raw: str, where: str) -> Any:
    # tomllib calls itself for each level, so that a line of brackets would exhaust the stack.
    if max((line.count("[") + line.count("{") for line in raw.splitlines()), default=0) > 200:
        raise SourceError(where, "the front matter is nested too deeply")
    try:
        return tomllib.loads(raw)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SourceError(where, f"the front matter is not valid TOML ({error})") from None


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key).strip().lower(): _value(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [each for each in map(_value, value) if each != ""]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    text = "" if value is None else str(value).strip()
    return "" if text in _NOTHING else text


def text_of(fields: Mapping[str, Any], *keys: str) -> str:
    """The first of `keys` that holds something, as one string: a list is joined by commas, a mapping by its values.

    Of a mapping, links are left out: a venue's map is no part of its name.
    """
    for key in keys:
        found = _joined(fields.get(key, ""))
        if found:
            return found
    return ""


def _joined(value: Any) -> str:
    if isinstance(value, dict):
        value = [each for each in value.values() if not str(each).startswith(("http://", "https://"))]
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(part for part in map(_joined, value) if part))
    return str(value)


def list_of(fields: Mapping[str, Any], *keys: str, by: tuple[str, ...] = ("name", "title", "slug")) -> list[str]:
    """All that `keys` hold, as one list of strings: a string is split at commas; of a mapping the first of `by` counts."""
    found: list[str] = []
    for key in keys:
        value = fields.get(key, "")
        if isinstance(value, str):
            found += [part.strip() for part in value.split(",")]
        else:
            found += [_named(each, by) for each in (value if isinstance(value, list) else [value])]
    return [each for each in found if each]


def _named(value: Any, by: tuple[str, ...]) -> str:
    if isinstance(value, dict):
        return text_of(value, *by)
    return _joined(value)


def flag(fields: Mapping[str, Any], key: str) -> bool:
    """Whether `key` says yes."""
    return str(fields.get(key, "")).lower() in ("true", "yes", "on", "1")
