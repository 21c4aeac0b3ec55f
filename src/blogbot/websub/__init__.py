"""Readers hear of a change at once (WebSub, https://www.w3.org/TR/websub/): through another hub, or through our own.

    topics      what the feeds are called to hubs and subscribers (pure)
    intent      what a subscriber asks of our own hub (pure)
    desk        where it is asked, and what is refused
    guard       which addresses a stranger may have us call
    news        which feeds changed since hubs and subscribers were last told
    copies      the feeds as they lie in the folder
    caller      one HTTP request to a hub or a subscriber
    subscribers what our own hub says to its subscribers
    verdict     what an answer means for the ledger's row
    courier     the ledger at work: takes what is owed, calls, commits each outcome by itself
    websub      the whole, as the app knows it

Knows the store and what lies in the feeds' folder; must not know who serves them.
"""

from blogbot.websub.caller import Caller
from blogbot.websub.desk import Desk
from blogbot.websub.intent import Refused
from blogbot.websub.websub import WebSub

__all__ = ["Caller", "Desk", "Refused", "WebSub"]
