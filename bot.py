"""The front door: `python bot.py` is `blogbot run`."""

import sys

from blogbot.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["run"]
    main()
