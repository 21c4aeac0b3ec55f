"""Memory that is not needed any more. The C library of most Linux systems keeps what was freed, for it may be needed again:
in a heap for each thread, of which blogbot has a dozen that seldom do much. So there are only two heaps, and what the writing
of all feeds took, which comes seldom, is given back."""

from __future__ import annotations

import ctypes
import gc
import sys

HEAPS = 2
LARGE = 2**20
SPARE = 4 * 2**20
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1  # malloc.h


def keep_small() -> None:
    """Lets threads share their heaps, keeps large pieces out of them, and at the end of each no more than a little to spare,
    where that can be asked for.

    To be called before there are threads. A feed of 200 kB is not large, and its room is used for the next one: to ask the system
    for it each time took an eighth of the time that a new post's feeds take.
    """
    if (tune := _of_the_c_library("mallopt")) is not None:
        tune(_ARENA_MAX, HEAPS)
        tune(_MMAP_THRESHOLD, LARGE)
        tune(_TRIM_THRESHOLD, SPARE)


def give_back() -> None:
    """Gives freed memory back to the system, where that can be asked for. Takes some milliseconds; call it from a thread."""
    if (trim := _of_the_c_library("malloc_trim")) is not None:
        trim(0)


def settle() -> None:
    """Says that what is loaded now stays. Python looks for garbage that holds itself among all objects that it has, again and again
    as new ones come, and all wait meanwhile: for the libraries' 150,000 some 50 ms each time. Now it looks at the later ones alone.
    """
    gc.collect()
    gc.freeze()


def _of_the_c_library(name: str) -> ctypes._NamedFuncPointer | None:
    """A function that glibc has; musl gives memory back by itself."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
