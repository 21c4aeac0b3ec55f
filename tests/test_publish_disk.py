"""What a publishing does to the disk: each file once and no other, nothing torn when the disk is full, no stale sibling at any moment."""

from __future__ import annotations

import errno
import gzip
import os
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Any

import brotli
import pytest

from blogbot.errors import PublishError
from blogbot.publish import shelf
from tests.golden.blog import CATALOGUE
from tests.test_publish_changes import ENDINGS, MANIFEST, assert_siblings, held, later, publish, whole

UNPACK = {".gz": gzip.decompress, ".br": brotli.decompress}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "feeds"


def marks(folder: Path) -> dict[str, tuple[int, int]]:
    """What shows that a file was written: another number, or another time."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def test_a_change_puts_each_file_that_it_changes_into_its_place_once_and_touches_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(folder, CATALOGUE)
    old, before, put, replace = held(folder), marks(folder), Counter[str](), os.replace

    def counted(part: str, place: str) -> None:
        put[place] += 1
        replace(part, place)

    monkeypatch.setattr(os, "replace", counted)
    publish(folder, later())
    new, after = held(folder), marks(folder)
    register = str(folder / MANIFEST)
    assert put.pop(register) <= 2, "before the first file of a new channel, and after the last"
    changed = {str(folder / path) for path, content in new.items() if old.get(path) != content}
    assert {place for place in put if not place.endswith(ENDINGS)} == changed
    assert {place.removesuffix(".gz").removesuffix(".br") for place in put} == changed
    assert set(put.values()) == {1}
    written = {place for place in after if after[place] != before.get(place)}
    assert written == {*put, register}
    assert 0 < len(changed) < len(new)


class Disk:
    """A disk with so many bytes of room left, which several threads write to."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._lock, self._write = Lock(), os.write

    def write(self, file: int, data: memoryview) -> int:
        """As the system does: what there is room for, and then an error."""
        with self._lock:
            taken = min(self.room, len(data))
            self.room -= taken
        if not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._write(file, data[:taken])


@pytest.mark.parametrize("room", [0, 1, 5_000, 50_000, 120_000])
def test_a_full_disk_leaves_each_file_whole_says_what_to_do_and_is_made_good(
    folder: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    publish(folder, CATALOGUE)
    old, new = whole(CATALOGUE), whole(later())
    with monkeypatch.context() as full:
        full.setattr(os, "write", Disk(room).write)
        with pytest.raises(PublishError, match="make room there") as raised:
            publish(folder, later())
    assert str(folder) in str(raised.value)
    assert list(folder.rglob("*.part")) == []
    for path, content in held(folder).items():
        assert content in (old.get(path), new.get(path)), path
    assert_none_stale(folder)
    publish(folder, later())
    assert held(folder) == new
    assert_siblings(folder)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_what_has_no_room_in_memory_says_so_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "SpooledTemporaryFile", lambda *_, **__: open("/dev/full", "w+b"))  # noqa: SIM115
    with pytest.raises(PublishError, match="make room there"):
        publish(folder, CATALOGUE)


def assert_none_stale(folder: Path) -> None:
    """Each compressed sibling says what its file does: nginx (gzip_static) sends it whatever its time says."""
    for sibling in (path for path in folder.rglob("*") if path.name.endswith(ENDINGS)):
        said = UNPACK[sibling.suffix](sibling.read_bytes())
        assert said == sibling.with_suffix("").read_bytes(), sibling


def test_no_compressed_sibling_is_ever_older_than_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each step, since a crash may come after any."""
    publish(folder, CATALOGUE)
    steps, still = [], Lock()

    def watched(name: str) -> None:
        step = getattr(os, name)

        def looked_at(*given: Any) -> None:
            with still:  # several threads take steps
                step(*given)
                steps.append(name)
                assert_none_stale(Path(given[-1]).parent)

        monkeypatch.setattr(os, name, looked_at)

    watched("replace")
    watched("unlink")
    publish(folder, later())
    assert steps.count("replace") > 20
    assert steps.count("unlink") > 20
