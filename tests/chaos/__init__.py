"""Chaos: the real app in processes of its own, killed again and again, and an oracle that counts what arrived.

plan        what happens in each life, drawn beforehand from one seed
points      the places at which a process kills itself
worker      the process: the app as `blogbot run` starts it, with a clock that can be moved
upgrading   another: it upgrades a database, and dies in the middle
hub         another: our own WebSub hub and what it lives by, without a bot
workers     starts them, waits for them, kills them
blog, telegram, database    what the app lives between
scenario    the lives, one after the other
ledger, oracle    what it says it did not send; what arrived against what was due
aims        the figures, and whether they are as they should be
"""
