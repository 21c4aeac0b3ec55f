"""How answers look on a terminal, and as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from blogbot.intake import Counts, Report
from blogbot.model import Occurrence, Post, Related, Tag

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def print_json(document: Any) -> None:
    """One document on standard output. ASCII, so that no terminal's encoding can spoil it."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


@contextmanager
def json_object() -> Iterator[Callable[[str, Any], None]]:
    """One object on standard output, member by member, so that a long one is never held as a whole."""
    before = "{\n"

    def put(key: str, value: Any) -> None:
        nonlocal before
        sys.stdout.write(f"{before}{json.dumps(key)}: {json.dumps(value)}")
        before = ",\n"

    yield put
    sys.stdout.write("{}\n" if before == "{\n" else "\n}\n")


def tag_json(tag: Tag, posts: int) -> dict[str, Any]:
    return {"slug": tag.slug, "name": tag.name, "posts": posts}


def report_json(report: Report) -> dict[str, Any]:
    return {
        "posts": _counts_json(report.posts),
        "events": _counts_json(report.events),
        "problems": [{"where": problem.where, "what": problem.what} for problem in report.problems],
    }


def _counts_json(counts: Counts) -> dict[str, int]:
    shown = {"new": counts.new, "changed": counts.changed, "unchanged": counts.unchanged}
    return shown | ({"gone": counts.gone} if counts.gone else {})


def print_report(report: Report) -> None:
    for name, counts in (("post", report.posts), ("event", report.events)):
        if counts.total or counts.gone:
            gone = f", {counts.gone} gone" if counts.gone else ""
            out.print(
                f"{counts.total} {name}{'' if counts.total == 1 else 's'}: "
                f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged{gone}"
            )
    for problem in report.problems:
        err.print(f"[yellow]Not read:[/] {escape(problem.where)}: {escape(problem.what)}", soft_wrap=True)


def print_posts(posts: Sequence[Post]) -> None:
    table = Table("Published", "Title", "Tags", "Slug", box=None, pad_edge=False, header_style="bold")
    for post in posts:
        table.add_row(_day(post.published), escape(post.title), escape(_names(post.tags)), escape(post.slug))
    out.print(table)


def print_related(related: Sequence[Related]) -> None:
    table = Table("Score", "Origin", "Title", "Slug", box=None, pad_edge=False, header_style="bold")
    for each in related:
        table.add_row(f"{each.score:.2f}", str(each.origin), escape(each.post.title), escape(each.post.slug))
    out.print(table)


def print_occurrences(occurrences: Sequence[Occurrence]) -> None:
    table = Table("Starts", "Title", "Place", "Status", box=None, pad_edge=False, header_style="bold")
    for occurrence in occurrences:
        table.add_row(
            starts_text(occurrence), escape(occurrence.title), escape(occurrence.location), str(occurrence.status)
        )
    out.print(table)


def print_tags(tags: Iterable[tuple[Tag, int]]) -> None:
    table = Table("Posts", "Tag", "Slug", box=None, pad_edge=False, header_style="bold")
    for tag, posts in tags:
        table.add_row(str(posts), escape(tag.name), escape(tag.slug))
    out.print(table)


def starts_text(occurrence: Occurrence) -> str:
    if occurrence.event.all_day:
        return occurrence.local_starts.strftime("%a %d %b %Y")
    return f"{occurrence.local_starts.strftime('%a %d %b %Y, %H:%M')} {occurrence.event.timezone}"


def _day(instant: datetime) -> str:
    return instant.strftime("%d %b %Y")


def _names(tags: Iterable[Tag]) -> str:
    return ", ".join(tag.name for tag in tags)
