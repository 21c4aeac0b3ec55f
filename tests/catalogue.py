"""The message catalogues, made from the source: `python -m tests.catalogue` (or `make messages`) writes them anew.

The bytes depend on the words alone, never on the day or the line they stand in, so that a test can compare them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from blogbot.i18n import SOURCE

ROOT = Path(__file__).parent.parent / "src" / "blogbot"
LOCALES = ROOT / "locales"
DOMAIN = "blogbot"
_DAY = datetime(2026, 1, 1, tzinfo=UTC)
# Headers that say nothing here, or change with the version of a tool.
_LEFT_OUT = (b'"Generated-By', b'"Last-Translator', b'"Language-Team', b'"Report-Msgid-Bugs-To', b'"PO')
# How many of a call's first arguments are words, and whether the first is a context.
_CALLS = {"_": (1, False), "N_": (1, False), "gettext": (1, False), "ngettext": (2, False), "pgettext": (1, True), "npgettext": (2, True)}  # fmt: skip

Words = tuple[str, tuple[str, ...], str | None]
"""Where (a path, "/" between folders), the words (one, or singular and plural), and their context."""


def files() -> dict[Path, bytes]:
    """What each catalogue should hold: the template, and every language with its translations kept."""
    template = _template()
    paths = {LOCALES / SOURCE / "LC_MESSAGES" / f"{DOMAIN}.po", *LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    written = {path: _bytes(_updated(path, template)) for path in sorted(paths)}
    return {LOCALES / f"{DOMAIN}.pot": _bytes(template), **written}


def found() -> Iterator[Words]:
    """All words in the source, in the order of files and lines."""
    for path in sorted(ROOT.rglob("*.py")):
        yield from _in_python(path)
    for path in sorted(ROOT.rglob("templates/**/*")):
        if path.is_file() and path.suffix != ".ico":
            yield from _in_template(path)


def _template() -> Catalog:
    catalogue = _catalogue(None)
    for where, words, context in found():
        catalogue.add(words[0] if len(words) == 1 else words, locations=[(where, 0)], context=context)
    return catalogue


def _catalogue(locale: str | None) -> Catalog:
    return Catalog(
        locale=locale,
        domain=DOMAIN,
        header_comment="# Words of blogbot. Written by `make messages`; only the translations are edited by hand.",
        project="blogbot",
        version="1",
        creation_date=_DAY,
        revision_date=_DAY,
        fuzzy=False,
    )


def _updated(path: Path, template: Catalog) -> Catalog:
    code = path.parent.parent.name
    catalogue = _catalogue(code)
    if path.is_file():
        with path.open("rb") as file:
            for message in read_po(file, locale=code):
                if message.id:
                    catalogue[message.id] = message
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    return catalogue


def _bytes(catalogue: Catalog) -> bytes:
    out = BytesIO()
    write_po(out, catalogue, width=120, sort_output=True, ignore_obsolete=True, include_lineno=False)
    lines = out.getvalue().rstrip().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_LEFT_OUT)) + b"\n"


def _in_python(path: Path) -> Iterator[Words]:
    """Words in calls of a Python file, those inside f-strings too, which a tokenizer sees from Python 3.12 on only."""
    where = path.relative_to(ROOT.parent).as_posix()
    calls = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if name not in _CALLS:
            continue
        count, in_context = _CALLS[name]
        arguments = call.args[: count + in_context]
        texts = [node.value for node in arguments if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        if any(isinstance(node, ast.JoinedStr | ast.BinOp) for node in arguments):
            raise ValueError(
                f"{where}:{call.lineno}: words to translate must be one plain string; use {{name}} and format()"
            )
        if len(texts) == count + in_context:
            yield where, tuple(texts[in_context:]), texts[0] if in_context else None


def _in_template(path: Path) -> Iterator[Words]:
    where = path.relative_to(ROOT.parent).as_posix()
    options = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    with path.open("rb") as file:
        for _, name, words, _ in babel_extract(file, list(DEFAULT_KEYWORDS), [], options):
            texts = tuple(text for text in ([words] if isinstance(words, str) else words or ()) if text)
            count, in_context = _CALLS[name]
            yield where, texts[in_context : in_context + count], texts[0] if in_context else None


def write() -> None:
    """Writes the catalogues that differ from what they should hold."""
    for path, content in files().items():
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


if __name__ == "__main__":
    write()
