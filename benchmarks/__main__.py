"""Every benchmark as one table: `make bench`, or `python -m benchmarks NAME...` for some of them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable

import structlog

from benchmarks import answers, fanout, imports, ledger, memory, pace, related, sends
from benchmarks.table import Row, plain

ALL: dict[str, Callable[[], Iterable[Row]]] = {
    "import": imports.rows,
    "related": related.rows,
    "answers": answers.rows,
    "sends": sends.rows,
    "ledger": ledger.rows,
    "pace": pace.rows,
    "fanout": fanout.rows,
    "memory": memory.rows,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are {', '.join(ALL)}.", file=sys.stderr)
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    table: list[Row] = []
    for name in names or ALL:
        print(f"{name} ...", file=sys.stderr, flush=True)
        table.extend(ALL[name]())
    print(plain(table))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
