"""Freed memory goes back to the system, where the system can be asked."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from blogbot.app.memory import give_back, keep_small

PIECE = 100_000  # small enough to come from the heap, which a freed piece in its middle does not shorten


def resident() -> int:
    """Bytes of this process in memory."""
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) * 1024


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries give back by themselves, or cannot be asked"
)
def test_what_was_freed_is_given_back() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    pieces = [library.malloc(PIECE) for _ in range(1_000)]
    for piece in pieces:
        ctypes.memset(piece, 1, PIECE)
    for piece in pieces[:-1]:
        library.free(piece)
    kept = resident()
    give_back()
    assert kept - resident() > 50_000_000
    library.free(pieces[-1])


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", None)
    give_back()
    keep_small()


FREED = """
import threading
from blogbot.app.memory import keep_small
from tests.test_app_memory import resident

if {small}:
    keep_small()
done, go_on = threading.Semaphore(0), threading.Event()

def work():
    pieces = [bytearray(60_000) for _ in range(200)]  # 12 MB, in the thread's own heap if it has one
    del pieces[:-1]
    done.release()
    go_on.wait()

threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads:
    thread.start()
    done.acquire()
print(resident())
go_on.set()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have one heap")
def test_what_one_thread_freed_serves_the_next() -> None:
    def needed(small: bool) -> int:
        done = subprocess.run([sys.executable, "-c", FREED.format(small=small)], capture_output=True, check=True)
        return int(done.stdout)

    assert needed(small=True) < needed(small=False) - 50_000_000


SETTLED = """
import gc
import blogbot.app.running
from blogbot.app.memory import settle

loaded = len(gc.get_objects())
settle()
print(loaded, gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_what_is_loaded_is_not_looked_through_for_garbage_again() -> None:
    done = subprocess.run([sys.executable, "-c", SETTLED], capture_output=True, check=True)
    loaded, frozen, looked_at = map(int, done.stdout.split())
    assert loaded > 10_000
    assert frozen > 0.9 * loaded
    assert looked_at < 1_000


LOADED = """
import sys
import blogbot.app.running
print(*sys.modules)
"""


def test_a_bot_loads_nothing_that_most_do_without() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    seldom = {"alembic", "feedparser", "segno", "trafilatura", "sqlalchemy.dialects.postgresql"}
    assert seldom.isdisjoint(done.stdout.split())
