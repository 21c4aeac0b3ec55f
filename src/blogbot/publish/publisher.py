"""Writes the feed tree into a folder: only what changed, each file once, and a register of it for the next time.

It puts the tree and the disk together and knows no format. It takes away only what it wrote itself, by the register.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from blogbot.i18n import words
from blogbot.model import Site
from blogbot.publish import atom, register
from blogbot.publish.batch import Batch
from blogbot.publish.channel import EVERYTHING, FORMATS, archived
from blogbot.publish.contents import Contents
from blogbot.publish.edition import edition
from blogbot.publish.folder import Folder
from blogbot.publish.press import Press
from blogbot.publish.register import MANIFEST, Kept, Register
from blogbot.publish.topics import digest_of, media_type
from blogbot.publish.tree import File, Tree
from blogbot.publish.turns import turn

log = structlog.get_logger(__name__)

_KEEP = "keep this file with the feeds, in backups too; without it, readers may miss or repeat a few old articles"
# A longer register is none of ours.
_LONGEST = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Written:
    """What one publishing did, in files."""

    written: int
    unchanged: int
    removed: int


class Publisher:
    """Publishes contents into `directory`, which is made where it is missing. `hub` is the WebSub hub that feeds name, or "".

    It works on the disk and takes a while: call it from a thread. Two in one folder take turns, also where they are two
    processes. After a crash each file is old or new, and the next publishing finishes what was begun.
    """

    def __init__(self, directory: Path, site: Site, hub: str = "") -> None:
        self._directory = directory
        self._folder = Folder(directory)
        self._words = words(site.language)
        self._hub = hub
        self._known = Register()
        self._seen: tuple[int, ...] = ()
        self._digests: dict[str, tuple[Kept, str]] = {}

    def publish(self, contents: Contents) -> Written:
        """Writes every feed whose bytes change and removes those of channels that vanished.

        Raises PublishError, naming the path and the reason; whatever was written until then is whole.
        """
        self._folder.prepare()
        with turn(self._directory):
            return self._publish(contents)

    def _publish(self, contents: Contents) -> Written:
        known = self._remembered()
        if not known.channels and (lost := list(self._lost_archives())):
            log.warning("archives are divided anew", missing=str(self._directory / MANIFEST), advice=_KEEP)
            known = replace(known, files=dict.fromkeys(lost) | known.files)
        site, made = _digest(repr((contents.site, self._hub))), edition()
        before = _comparable(known, site, made)
        press = Press(contents.site, self._words, self._hub)

        def old(path: str) -> bytes | None:
            return self._folder.read(path, before.files.get(path))

        with Tree(contents, press, before, old, self._directory) as tree:
            wanted = tree.paths
            files = dict(before.files)
            # Before the first of them is there, so that after a crash none is forgotten.
            if not wanted <= files.keys():
                self._remember(replace(known, files=dict.fromkeys(wanted) | known.files))
            written = self._write(tree.feeds(), files) + self._write(tree.lists(), files)
            removed = sum(self._folder.remove(path) for path in sorted(files.keys() - wanted))
            files = {path: files.get(path) for path in wanted}
            self._remember(Register(site, made, tree.dates, tree.stamps, dict(tree.channels), dict(files)))
            if broken := [path for path, kept in files.items() if kept is None or not self._folder.holds(path, kept)]:
                written += self._write(tree.again(broken), files)
                self._remember(Register(site, made, tree.dates, tree.stamps, dict(tree.channels), files))
        self._folder.pack(files)
        self._folder.sweep(files)
        return Written(written=written, unchanged=len(wanted) - written, removed=removed)

    def _lost_archives(self) -> Iterator[str]:
        """The files of archives that no register tells of. They may hold what was withdrawn, so none is left as it is."""
        number = 1
        while self._folder.has(archived(number, atom.FILE)):
            yield from (archived(number, file) for file in FORMATS)
            number += 1

    def topics(self) -> dict[str, str]:
        """The feeds that there are, whoever wrote them: by path, a digest of what each holds, or "" where that cannot be told now.

        A file is read again only once it is another. It works on the disk, as `publish` does.
        """
        files = {path: kept for path, kept in self._remembered().files.items() if media_type(path)}
        known, self._digests = self._digests, {}
        for path, kept in files.items():
            if kept is not None and path in known and known[path][0] == kept:
                self._digests[path] = known[path]
            elif kept is not None and (content := self._folder.read(path, kept)) is not None:
                self._digests[path] = kept, digest_of(content)
        return dict.fromkeys(files, "") | {path: digest for path, (_, digest) in self._digests.items()}

    def _write(self, written: Iterable[File], files: dict[str, Kept | None]) -> int:
        """Writes these files and says in `files` how they are kept now; how many were not as they are already."""
        anew: dict[str, Future[Kept]] = {}
        with Batch() as batch:
            for path, content in written:
                files[path] = self._folder.kept(path, content)
                if files[path] is None:
                    anew[path] = self._folder.write(path, content, batch)
        files.update((path, each.result()) for path, each in anew.items())
        return len(anew)

    def _remembered(self) -> Register:
        """The register as it lies in the folder; another process may have written it."""
        place = self._directory / MANIFEST
        try:
            found = place.stat()
            if _identity(found) != self._seen:
                self._known = register.load(place.read_bytes()) if found.st_size <= _LONGEST else Register()
        except OSError:
            self._known = Register()
        return self._known

    def _remember(self, known: Register) -> None:
        if known == self._known:
            return
        self._seen = _identity(self._folder.note(MANIFEST, register.dump(known)))
        self._known = known


def _comparable(known: Register, site: str, made: str) -> Register:
    """What still stands of a register after a change of settings or code: the archives, since they stay as they are, and
    which of their posts are in the feed once more.

    Their addresses change with the settings, so then they are written anew too, of the same posts.
    """
    if (known.site, known.made) == (site, made):
        return known
    channels = {key: one for key, one in known.channels.items() if one.archive}
    if EVERYTHING in known.channels:
        # Under a name that it never has, so that it is written in any case.
        channels[EVERYTHING] = replace(known.channels[EVERYTHING], name="of another time")
    files = known.files if known.site == site else dict.fromkeys(known.files)
    return Register(channels=channels, files=files)


def _digest(text: str) -> str:
    return digest_of(text.encode(errors="surrogatepass"))


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return found.st_ino, found.st_size, found.st_mtime_ns
