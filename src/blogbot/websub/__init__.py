"""Readers hear of a change at once (WebSub, https://www.w3.org/TR/websub/): through another hub, or through our own.

    topics      what the feeds are called to hubs and subscribers (pure)
    news        which feeds changed since hubs and subscribers were last told
    caller      one HTTP request to a hub or a subscriber
    verdict     what an answer means for the ledger's row
    courier     the ledger at work: takes what is owed, calls, commits each outcome by itself
    websub      the whole, as the app knows it

Knows the store and what lies in the feeds' folder; must not know who serves them.
"""

from blogbot.websub.caller import Caller
from blogbot.websub.websub import WebSub

__all__ = ["Caller", "WebSub"]
