"""The commands. Each reads its arguments, asks the parts below, and prints; what they decide is decided there.

`--json` prints one JSON document and nothing else on standard output. Exit 0: done. 1: the work failed. 2: wrong usage
or a missing setting. No traceback reaches a person.
"""

from blogbot.cli.command import main

__all__ = ["main"]
