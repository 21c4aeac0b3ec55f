"""Ends of processes in the middle of something, for what others find afterwards. Each is called in a process of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from blogbot.publish import Publisher, batch
from blogbot.publish.turns import turn
from tests.blog_in_memory import Catalogue, Held

STEPS: dict[str, tuple[Any, str]] = {"a file begun": (batch.Batch, "write"), "a file renamed": (os, "replace")}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def while_publishing(folder: Path, catalogue: Catalogue, step: str, left: int) -> None:
    """After so many steps."""
    owner, name = STEPS[step]
    real = getattr(owner, name)

    def counted(*given: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            die()
        return real(*given, **named)

    setattr(owner, name, counted)
    Publisher(folder, catalogue.site).publish(Held(catalogue))


def in_its_turn(folder: Path) -> None:
    with turn(folder):
        die()
