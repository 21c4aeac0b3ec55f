"""The front door: `python bot.py` is `blogbot run`, with whichever Python, once `make demo` has installed blogbot into .venv."""

import os
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent / ".venv"

try:
    from blogbot.cli import main
except ModuleNotFoundError as missing:
    if (HOME / "bin" / "python").exists() and Path(sys.prefix).resolve() != HOME:
        python = str(HOME / "bin" / "python")
        os.execv(python, [python, __file__, *sys.argv[1:]])  # noqa: S606  # the same program, in its own environment
    sys.exit(f"This Python has no {missing.name}. Run `make demo` once: it installs blogbot into .venv.")

if __name__ == "__main__":
    sys.argv[1:1] = ["run"]
    main()
