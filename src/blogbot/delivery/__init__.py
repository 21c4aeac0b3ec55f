"""The one way that blogbot says anything unasked: announcements become notifications, notifications become messages.

    reminders   when a reminder is due (pure)
    planner     upcoming dates and the chats' rules -> announcements
    mailing     the ledger: leases what is due, sends it, commits each outcome by itself
    delivery    one turn of the whole, as the clock calls it

Knows the store and the `Sender` protocol; must not know python-telegram-bot.
"""

from blogbot.delivery.delivery import Delivery
from blogbot.delivery.sender import Sender

__all__ = ["Delivery", "Sender"]
