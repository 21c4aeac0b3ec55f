"""Every benchmark as one table: `make bench`, or `python -m benchmarks [--markdown] NAME...` for some of them."""

from __future__ import annotations

import sys
import traceback
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmarks import answers, behind, builds, fanout, imports, ledger, memory, pace, related, sends, served, visits
from benchmarks.log import quiet
from benchmarks.material import NoMaterial
from benchmarks.table import Row, markdown, plain

Benchmarks = Mapping[str, Callable[[], Iterable[Row]]]

ALL: Benchmarks = {
    "import": imports.rows,
    "related": related.rows,
    "answers": answers.rows,
    "sends": sends.rows,
    "ledger": ledger.rows,
    "pace": pace.rows,
    "behind": behind.rows,
    "fanout": fanout.rows,
    "memory": memory.rows,
    "builds": builds.rows,
    "served": served.rows,
    "visits": visits.rows,
}


def main(arguments: Sequence[str], benchmarks: Benchmarks = ALL) -> int:
    """Prints the table of what could be measured, and nothing else, on standard output. 1 where some benchmark failed."""
    parser = ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(benchmarks))
    parser.add_argument("--markdown", action="store_true", help="a table to paste into a document")
    given = parser.parse_args(arguments)
    for name in given.names:
        if name not in benchmarks:
            parser.error(f"there is no benchmark {name!r}; there are {', '.join(benchmarks)}")
    table: list[Row] = []
    failed = False
    for name in given.names or benchmarks:
        _say(f"{name} ...")
        try:
            table.extend(benchmarks[name]())
        except NoMaterial as reason:
            _say(f"{name}: left out; {reason}")
        except Exception:
            # The others have taken minutes, and what they found must not be lost.
            _say(f"{name} failed: {traceback.format_exc()}")
            failed = True
    print(markdown(table) if given.markdown else plain(table))
    return int(failed)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    quiet()
    sys.exit(main(sys.argv[1:]))
