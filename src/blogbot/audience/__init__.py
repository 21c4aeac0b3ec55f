"""The chats: who is here, what they follow, when and how they want to be told, in which zone and language they read.

Who hears of an announcement is decided by the store's fan-out from what is kept here, and when by the delivery.
"""

from blogbot.audience.audience import DEFAULT_OFFSETS, Audience, Why, Wish
from blogbot.audience.calendars import OwnCalendar, OwnCalendars, wishes_events

__all__ = ["DEFAULT_OFFSETS", "Audience", "OwnCalendar", "OwnCalendars", "Why", "Wish", "wishes_events"]
