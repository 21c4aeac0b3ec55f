"""Wiring: builds each part once, hands it what it needs, and closes in reverse what was opened.

core      store, questions, intake, feeds: enough for every command
server    the web server on a socket that is already bound
ticks     the handful of things that the clock calls
running   the whole, until it is told to stop
"""

from blogbot.app.core import Core, open_core, open_store
from blogbot.app.running import Running, run, run_bot
from blogbot.app.server import listen

__all__ = ["Core", "Running", "listen", "open_core", "open_store", "run", "run_bot"]
