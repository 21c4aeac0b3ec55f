"""Wiring: builds each part once, hands it what it needs, and closes in reverse what was opened.

    core      store, questions, intake, feeds: enough for every command
    server    the web server on a socket that is already bound
    ticks     the handful of things that the clock calls, and whether they get on
    monitor   gauges sampled from the running whole
    logs      what operators read
    memory    what was freed, given back
    running   the whole, until it is told to stop

Nothing is imported here, so that a command that only asks does not load the bot and the web server.
"""
