"""Chaos: the real app in a process of its own, killed again and again, and an oracle that counts what arrived.

points      the places at which a process kills itself
worker      the process: the app as `blogbot run` starts it, with a clock that can be moved
scenario    what happens: content, people, faults, kills
oracle      what arrived in the sandbox against what was due
"""
