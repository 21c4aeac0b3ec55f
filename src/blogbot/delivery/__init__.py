"""The one way that blogbot says anything unasked: announcements become notifications, notifications become messages.

    reminders   when a reminder is due (pure)
    forecast    how long a mailing takes, and when it has to begin (pure)
    terms       until when a chat's quiet hours and digests hold something back (pure)
    planner     upcoming dates and the chats' rules -> announcements
    wishes      what the chats' terms mean for what is leased
    composer    what a parcel says
    verdict     what a failed send means for its row, its chat and the rest
    outage      when nothing may be sent to anyone (pure)
    tally       what became of messages, counted
    journal     what is written into the ledger, committed together with what else waits
    mailing     the ledger at work: leases what is due, sends it, commits each outcome by itself
    standing    this process among those that send for the same bot
    operators   what those who run blogbot are told
    delivery    one turn of the whole, as the clock calls it

Knows the store and the `Sender` protocol; must not know python-telegram-bot.
"""

from blogbot.delivery.delivery import Delivery
from blogbot.delivery.sender import Begin, Sender

__all__ = ["Begin", "Delivery", "Sender"]
