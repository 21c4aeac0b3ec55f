"""Commands on what the blog holds: bring in, ask, write feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from blogbot.app.core import Core, open_core
from blogbot.cli import output
from blogbot.cli.command import Json, Limit, cli, command
from blogbot.config import SourceSettings, load, valid_zone
from blogbot.errors import SourceError, UsageError
from blogbot.intake import Report
from blogbot.model import Post, Problem, listing
from blogbot.text import shown


class Kind(StrEnum):
    """What `--as` takes."""

    PAGE = "page"
    MARKDOWN = "markdown"
    FEED = "feed"
    CALENDAR = "calendar"
    WORDPRESS = "wordpress"


@command(cli, "import")
async def import_(
    locations: Annotated[list[str], typer.Argument(metavar="PATH_OR_URL...", help="Files, folders or addresses.")],
    kind: Annotated[Kind | None, typer.Option("--as", help="What they are, where looking does not tell.")] = None,
    timezone: Annotated[str, typer.Option(help="The time zone of dates that name none, such as Europe/London.")] = "",
    as_json: Json = False,
) -> None:
    """Take in posts and events, once. Importing again changes nothing that is the same."""
    settings = load()
    if timezone:
        _check_zone(timezone)
    sources = [
        SourceSettings(
            location=_location(where),
            kind=kind.value if kind else "",
            timezone=timezone,
        )
        for where in locations
    ]
    async with open_core(settings) as core:
        await _take_in(core, sources, as_json)


@command(cli, "sync")
async def sync(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Which sources; all without.")] = None,
    as_json: Json = False,
) -> None:
    """Look at the sources of blogbot.toml now."""
    settings = load()
    if not settings.sources:
        raise UsageError('No source is set up. Write one into blogbot.toml:\n\n[[sources]]\nlocation = "https://..."')
    by_name = {source.name: source for source in settings.sources}
    unknown = [name for name in names or () if name not in by_name]
    if unknown:
        known = ", ".join(source.label for source in settings.sources)
        raise UsageError(f"No source is named {shown(unknown[0])!r}; blogbot.toml has {known}.")
    async with open_core(settings) as core:
        await _take_in(core, [by_name[name] for name in names or by_name], as_json)


async def _take_in(core: Core, sources: list[SourceSettings], as_json: bool) -> None:
    report = Report()
    for source in sources:
        with _progress(source.label, watched=not as_json) as progress:
            try:
                report.add(await core.take_in(source, progress))
            except SourceError as error:
                report.problems.append(Problem(error.where, error.what))
    if as_json:
        output.print_json(output.report_json(report))
    else:
        output.print_report(report)
    if report.nothing_read:
        if not report.problems and not as_json:
            output.err.print("Nothing was found to read.")
        raise typer.Exit(1)


@contextmanager
def _progress(label: str, *, watched: bool) -> Iterator[Any]:
    """A bar on a terminal; nothing where nobody watches."""
    bar = Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=output.err, transient=True, disable=not (watched and output.err.is_terminal),
    )  # fmt: skip
    with bar:
        task = bar.add_task(Path(label).name or label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@command(cli, "publish")
async def publish(
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to; BLOGBOT_FEEDS_DIR without.")] = None,
    as_json: Json = False,
) -> None:
    """Write the feeds: Atom, RSS, JSON Feed and calendars, of all posts and of each tag."""
    settings = load(**({"feeds_dir": out} if out else {}))
    async with open_core(settings) as core:
        written = await core.publish()
    document = {
        "directory": str(settings.feeds_dir), "written": written.written,
        "unchanged": written.unchanged, "removed": written.removed,
    }  # fmt: skip
    if as_json:
        output.print_json(document)
    else:
        output.out.print(
            f"{settings.feeds_dir}: {written.written} written, {written.unchanged} unchanged, {written.removed} removed",
            soft_wrap=True, markup=False,
        )  # fmt: skip


@command(cli, "latest")
async def latest(limit: Limit = 10, as_json: Json = False) -> None:
    """The newest posts."""
    async with open_core(load()) as core:
        page = await core.blog.latest(limit)
    _show(page.items, as_json, empty="There is no post yet. `blogbot import PATH_OR_URL` brings some in.")


@command(cli, "tags")
async def tags(as_json: Json = False) -> None:
    """The tags, most used first."""
    async with open_core(load()) as core:
        found = await core.blog.tags()
    if as_json:
        output.print_json([output.tag_json(tag, count) for tag, count in found])
    elif found:
        output.print_tags(found)
    else:
        output.out.print("No post has a tag yet.")


@command(cli, "search")
async def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="What to look for.")],
    limit: Limit = 10,
    as_json: Json = False,
) -> None:
    """The posts that fit some words best."""
    async with open_core(load()) as core:
        page = await core.blog.search(" ".join(words), limit)
    _show(page.items, as_json, empty="No post fits these words. Fewer or other words may find more.")


@command(cli, "related")
async def related(
    name: Annotated[str, typer.Argument(metavar="SLUG_OR_URL", help="Which post.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Of every post; with --json.")] = False,
    limit: Limit = 5,
    as_json: Json = False,
) -> None:
    """The articles that belong beside a post."""
    if every == bool(name):
        raise UsageError("Name one post, or write --all: blogbot related SLUG_OR_URL, blogbot related --all --json")
    if every and not as_json:
        raise UsageError("--all goes with --json: blogbot related --all --json")
    async with open_core(load()) as core:
        if every:
            with output.json_object() as put:
                async for post, those in core.blog.every_related(limit):
                    put(post.slug, [listing.related_json(each) for each in those])
            return
        found = await core.blog.related(await core.blog.post(name), limit)
    if as_json:
        output.print_json([listing.related_json(each) for each in found])
    elif found:
        output.print_related(found)
    else:
        output.out.print("Nothing alike is known yet: related articles appear as posts come in.")


@command(cli, "next")
async def next_(as_json: Json = False) -> None:
    """The next event."""
    async with open_core(load()) as core:
        occurrence = await core.blog.next()
        last = await core.blog.last() if occurrence is None else None
    if as_json:
        output.print_json(listing.occurrence_json(occurrence) if occurrence else None)
    elif occurrence:
        output.print_occurrences([occurrence])
    elif last:
        output.out.print(
            f"No event is planned. The last was {last.title}, {output.starts_text(last)}.", markup=False, soft_wrap=True
        )
    else:
        output.out.print("No event is planned. `blogbot import CALENDAR.ics` brings some in.")


@command(cli, "events")
async def events(
    every: Annotated[bool, typer.Option("--all", help="Past ones too.")] = False,
    limit: Limit = 1000,
    as_json: Json = False,
) -> None:
    """The events to come, soonest first; with --all, past ones before them."""
    async with open_core(load()) as core:
        past = (await core.blog.past(limit)).items[::-1] if every else ()
        found = [*past, *(await core.blog.upcoming(limit)).items]
    if as_json:
        output.print_json([listing.occurrence_json(occurrence) for occurrence in found])
    elif found:
        output.print_occurrences(found)
    else:
        output.out.print("No event is planned. `blogbot events --all` shows past ones.")


def _show(posts: Sequence[Post], as_json: bool, *, empty: str) -> None:
    """A list of posts; `empty` is what a person reads where there is none."""
    if as_json:
        output.print_json([listing.post_json(post) for post in posts])
    elif posts:
        output.print_posts(posts)
    else:
        output.out.print(empty)


def _location(where: str) -> str:
    """A path from the root, so that the same file is the same source from whatever folder it is named."""
    if not where.strip():
        # Else it would be the folder that one stands in, with all that happens to lie there.
        raise UsageError("An empty PATH_OR_URL names nothing; write . for this folder.")
    return where if "://" in where else str(Path(where).resolve())


def _check_zone(name: str) -> None:
    try:
        valid_zone(name)
    except ValueError as error:
        raise UsageError(f"--timezone: {error}") from None
