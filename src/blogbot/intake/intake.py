"""One run over one source, from its look to the last saved row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import structlog

from blogbot.clock import Clock
from blogbot.errors import SourceError, StoreError
from blogbot.i18n import words
from blogbot.intake import events, posts
from blogbot.intake.herald import Herald
from blogbot.intake.neighbourhood import Neighbourhood
from blogbot.intake.posts import Draft, Whence
from blogbot.intake.report import Report, Verdict
from blogbot.model import Entry, EventItem, Look, Problem, Site, Validators
from blogbot.sources import Source
from blogbot.store import LastLook, Seen, Store
from blogbot.text import shown

BATCH = 50
"""How many entries are read and saved at once: few enough that the bot's own writes wait only an instant."""

A_BATCH_LASTS, LOOK_LASTS = timedelta(seconds=1), timedelta(seconds=50)
"""News of a look is due when all of the look is taken in, about so long after it: what is said of it is said together. Never
later than that is anything due but reminders (`store.announcements.FARTHEST`)."""

FEW = 5
"""So many entries may vanish from a complete source without a question."""

Progress = Callable[[int, int], None]
"""Called with how many entries are done, and how many there are."""

Content = tuple[Entry, list[Draft | EventItem] | Problem]
"""An entry, read: its items, or why it could not be."""

Read = tuple[Entry, tuple[int, ...], tuple[int, ...]]
"""An entry, saved: its posts and its events, by id."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Run:
    """What is found out on the way."""

    name: str
    now: datetime
    announce: bool
    seen: dict[str, Seen]
    present_posts: Set[int]
    told: datetime
    report: Report = field(default_factory=Report)
    touched: set[int] = field(default_factory=set)
    given: set[int] = field(default_factory=set)
    own_posts: set[int] = field(default_factory=set)
    own_events: set[int] = field(default_factory=set)
    read: list[Read] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.own_posts.update(id_ for seen in self.seen.values() for id_ in seen.posts)
        self.own_events.update(id_ for seen in self.seen.values() for id_ in seen.events)

    def whence(self, entry: Entry, content: Sequence[Draft | EventItem]) -> tuple[Whence, Whence]:
        """Where the posts and the events of an entry come from."""
        before = self.seen.get(entry.where) or Seen("")
        drafts = sum(not isinstance(item, EventItem) for item in content)
        return (
            Whence(self.name, self.own_posts, self.given, before.posts, only=drafts == 1),
            Whence(self.name, self.own_events),
        )


class Intake:
    """Runs sources, one at a time, into the store."""

    def __init__(self, store: Store, site: Site, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._untitled = words(site.language).gettext("Upcoming event")
        self._neighbourhood = Neighbourhood(store, site)
        self._running = asyncio.Lock()
        self._stopping = False

    async def run(self, source: Source, progress: Progress | None = None) -> Report:
        """Looks at a source and saves what it shows. Raises SourceError where nothing of it can be read.

        Sources are looked at side by side, so that a slow one holds up no other, and saved one after the other.
        """
        async with self._store.read() as tx:
            last = await tx.sources.last_look(source.name)
        same = last is not None and last.context == source.context
        look = await source.look(last.validators if same and last else Validators())
        announce = last is not None and _place(last.context) == _place(source.context)
        async with self._running:
            return await self._save(source, look, announce, progress or _silent)

    def stop(self) -> None:
        """Ends a run early, after the entry that is being read; what was saved is found unchanged next time."""
        self._stopping = True

    async def extend(self) -> None:
        """Works out the dates of recurring events that have come within reach, and all by the present rules of their zones."""
        now = self._clock.now()
        async with self._store.read() as tx:
            unfinished = await tx.events.unfinished(now)
        for event in unfinished:
            try:
                async with self._store.write() as tx:
                    await events.extend(tx, event, now)
            except StoreError:
                raise
            except Exception:
                log.exception("dates not worked out", uid=event.uid)

    async def _save(self, source: Source, look: Look, announce: bool, progress: Progress) -> Report:
        async with self._store.read() as tx:
            seen = await tx.sources.seen(source.name)
            present_posts = (await tx.posts.revisions()).keys()
        now = self._clock.now()
        run = _Run(source.name, now, announce, seen, present_posts, now)
        run.report.problems.extend(look.problems)
        if look.entries is None:
            _count_seen(run.report, seen.values())
            return run.report
        run.given.update(id_ for entry in look.entries if entry.where in seen for id_ in seen[entry.where].posts)
        fresh = [entry for entry in look.entries if not _known(run, entry)]
        run.told += min(A_BATCH_LASTS * (max(0, len(fresh) - 1) // BATCH), LOOK_LASTS)
        done = len(look.entries) - len(fresh)
        for batch in _batches(fresh, BATCH):
            # Read, then save, not both at once: a thread that parses makes each step of the database wait for it.
            await self._take(run, await asyncio.to_thread(self._read, batch))
            if self._stopping:
                return run.report
            done += len(batch)
            progress(done, len(look.entries))
        present = {entry.where for entry in look.entries} | {problem.where for problem in look.problems}
        for entry, _, _ in run.read:
            if entry.where in run.seen:
                await self._drop(run, run.seen[entry.where], present)
        if look.complete:
            await self._miss(run, present)
        await self._neighbourhood.settle(run.touched)
        async with self._store.write() as tx:
            for entry, post_ids, event_ids in run.read:
                await tx.sources.save_seen(source.name, entry.where, entry.fingerprint, post_ids, event_ids)
            await tx.sources.save_look(source.name, LastLook(source.context, look.validators), run.now)
        return run.report

    async def _take(self, run: _Run, contents: Sequence[Content]) -> None:
        """Saves a batch at once, or, where an item of it cannot be saved, each entry by itself, and names the one at fault."""
        read, report = list[Read](), Report()
        try:
            async with self._change(run) as herald:
                for entry, content in contents:
                    if isinstance(content, Problem):
                        report.problems.append(content)
                    else:
                        read.append(await self._save_entry(herald, run, report, entry, content))
        except StoreError:
            raise
        except Exception as error:
            await self._take_apart(run, contents, error)
        else:
            run.report.add(report)
            run.read.extend(read)
            run.touched.update(id_ for _, post_ids, _ in read for id_ in post_ids)

    async def _take_apart(self, run: _Run, contents: Sequence[Content], error: Exception) -> None:
        """What becomes of a batch that could not be saved. Nothing of it is kept; what `run` knows by id is known again."""
        if len(contents) > 1:
            for one in contents:
                await self._take(run, [one])
            return
        [(entry, _)] = contents
        log.error("item not saved", where=entry.where, exc_info=error)
        run.report.problems.append(Problem(entry.where, f"blogbot stumbled over it ({type(error).__name__})"))

    async def _save_entry(
        self, herald: Herald, run: _Run, report: Report, entry: Entry, content: Sequence[Draft | EventItem]
    ) -> Read:
        post_ids, event_ids = [], []
        of_posts, of_events = run.whence(entry, content)
        for item in content:
            if isinstance(item, EventItem):
                verdict, event_id = await events.save(
                    herald, item, untitled=self._untitled, now=run.now, whence=of_events
                )
                report.events.count(verdict)
                event_ids.append(event_id)
            else:
                verdict, post_id = await posts.save(herald, item, now=run.now, whence=of_posts)
                report.posts.count(verdict)
                post_ids.append(post_id)
        run.given.update(post_ids)
        run.own_posts.update(post_ids)
        run.own_events.update(event_ids)
        return entry, tuple(post_ids), tuple(event_ids)

    @asynccontextmanager
    async def _change(self, run: _Run) -> AsyncIterator[Herald]:
        """One transaction with what is announced in it, which the log names once it is committed."""
        async with self._store.write() as tx:
            herald = Herald(tx, self._clock.now(), quiet=not run.announce, told=run.told)
            yield herald
        herald.log()

    def _read(self, entries: Iterable[Entry]) -> list[Content]:
        """The costly part of a batch, in a thread of its own: parsing, text, index terms."""
        contents: list[Content] = []
        for entry in entries:
            if self._stopping:
                break
            try:
                items = entry.read()
                drafts = [item if isinstance(item, EventItem) else posts.draft(item) for item in items]
            except SourceError as error:
                contents.append((entry, Problem(error.where, error.what)))
            except Exception as error:
                # A fault of ours with one item must not keep the others out.
                log.exception("item not read", where=entry.where)
                contents.append((entry, Problem(entry.where, f"blogbot stumbled over it ({type(error).__name__})")))
            else:
                contents.append((entry, drafts))
        return contents

    async def _miss(self, run: _Run, present: set[str]) -> None:
        """What a complete source shows no more is gone, unless so much is missing that the source itself looks broken."""
        missing = [where for where in run.seen if where not in present]
        if len(missing) > max(FEW, len(run.seen) // 2) or 1 < len(missing) == len(run.seen):
            run.report.problems.append(
                Problem(
                    shown(run.name),
                    f"{len(missing)} of {len(run.seen)} entries are missing, so this looks like a broken source and "
                    "nothing was removed; once it is whole again the next look settles it",
                )
            )
            return
        for where in missing:
            await self._drop(run, run.seen[where], present)
            async with self._store.write() as tx:
                await tx.sources.forget(run.name, where)

    async def _drop(self, run: _Run, seen: Seen, present: set[str]) -> None:
        """Removes the posts and cancels the events that an entry gave and nothing in its source gives any more."""
        kept_posts, kept_events = _still_there(run, present)
        async with self._change(run) as herald:
            posts_elsewhere, events_elsewhere = await herald.tx.sources.given_elsewhere(run.name)
            kept_posts |= posts_elsewhere
            kept_events |= events_elsewhere
            for post_id in set(seen.posts) - kept_posts:
                await posts.remove(herald, post_id, now=run.now)
                run.report.posts.gone += 1
                run.touched.add(post_id)
            for event_id in set(seen.events) - kept_events:
                run.report.events.gone += await events.cancel(herald, event_id, now=run.now)


def _known(run: _Run, entry: Entry) -> bool:
    """Whether an entry is as it was read before; then it is counted, and not read again."""
    seen = run.seen.get(entry.where)
    if seen is None or seen.fingerprint != entry.fingerprint or not run.present_posts >= set(seen.posts):
        return False
    _count_seen(run.report, (seen,))
    return True


def _still_there(run: _Run, present: set[str]) -> tuple[set[int], set[int]]:
    """The posts and events that another entry of this source gives: a renamed file removes nothing."""
    post_ids = {id_ for _, ids, _ in run.read for id_ in ids}
    event_ids = {id_ for _, _, ids in run.read for id_ in ids}
    for where in (present & run.seen.keys()) - {entry.where for entry, _, _ in run.read}:
        post_ids.update(run.seen[where].posts)
        event_ids.update(run.seen[where].events)
    return post_ids, event_ids


def _count_seen(report: Report, seen: Iterable[Seen]) -> None:
    for each in seen:
        report.posts.count(Verdict.UNCHANGED, len(each.posts))
        report.events.count(Verdict.UNCHANGED, len(each.events))


def _batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


def _place(context: str) -> str:
    """The location within a source's context; at another location everything is old news."""
    return context.partition("\n")[0]
