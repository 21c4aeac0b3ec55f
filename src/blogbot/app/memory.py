"""Memory that is not needed any more. The C library of most Linux systems keeps what was freed, for it may be needed again;
what the writing of all feeds took, which comes seldom, is better given back."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Gives freed memory back to the system, where that can be asked for. Takes some milliseconds; call it from a thread."""
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl gives memory back by itself
    if trim is not None:
        trim(0)
