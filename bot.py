"""The front door: `python bot.py` is `blogbot run`."""

import sys

try:
    from blogbot.cli import main
except ModuleNotFoundError as missing:
    sys.exit(
        f"This Python has no {missing.name}. Run `make demo` once, which installs blogbot into .venv, and then\n"
        "  .venv/bin/python bot.py"
    )

if __name__ == "__main__":
    sys.argv[1:1] = ["run"]
    main()
