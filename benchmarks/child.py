"""A program in a process of its own: how long it took, and the most memory that it had at any time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Linux counts for a process what the one had that started it, so a small one stands between.
_LAUNCHER = """
import json, os, sys, time
begun = time.monotonic()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), time.monotonic() - begun, usage.ru_maxrss]))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds and megabytes of one run; `said` is the last line on its standard output before it ended."""

    seconds: float
    memory: float
    said: str


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> Run:
    """Raises RuntimeError where the program fails."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, *map(str, command)],
        cwd=folder, env=dict(environment), capture_output=True, text=True, check=True,
    )  # fmt: skip
    *said, measured = done.stdout.splitlines()
    code, seconds, kilobytes = json.loads(measured)
    if code:
        raise RuntimeError(f"{command[0]} ended with {code}: {done.stderr[-2000:]}")
    return Run(seconds, kilobytes / 1024, said[-1] if said else "")


def resident(field: str = "VmRSS", process: int | str = "self") -> float:
    """Megabytes that a process has, or with VmHWM the most that it ever had, as Linux counts them."""
    for line in Path(f"/proc/{process}/status").read_text("ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {process} is over")
