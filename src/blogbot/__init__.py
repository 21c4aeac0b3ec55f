"""blogbot brings an organisation's blog and calendar to its members in Telegram and in feeds."""

__version__ = "0.1.0"
