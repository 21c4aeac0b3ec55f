"""Events as iCalendar has them (RFC 5545): their dates worked out, and whole calendars written.

Pure: the same events give the same bytes. Foreign calendars are read elsewhere; here every event is our own, with naive
local times beside an IANA zone.
"""

from blogbot.ical.alarms import with_alarms
from blogbot.ical.calendar import calendar, components
from blogbot.ical.dates import MOST, lasts, occurrences

__all__ = ["MOST", "calendar", "components", "lasts", "occurrences", "with_alarms"]
