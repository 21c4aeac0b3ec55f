"""What a button under a message says when it is tapped: a verb and its arguments, inside 64 bytes of callback data.

Every tap carries a version first, so that a button from an older blogbot is told from one of ours instead of being
misread. This module knows nothing of what the verbs do.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from blogbot.model import Message

VERSION = "1"
LIMIT = 64  # bytes, Bot API: InlineKeyboardButton.callback_data

# Where a button stands, as the last argument of a tap that needs to know it.
MENU = "menu"  # in the menu of what can be followed: drawn afresh in its place
LIST = "list"  # in the list of what is followed: the same
NEW = "new"  # under an address: another one in its place
NEWS = "news"  # under news and other cards that stay as they were said: the answer comes anew

_ARGUMENT = re.compile(r"[A-Za-z0-9._~/+-]*")
_SHORT = re.compile(r"[a-z0-9-]{0,32}")


class Verb(StrEnum):
    """What a tap asks for. The values stand in messages already sent: a changed meaning needs a new VERSION."""

    LATEST = "latest"
    POST = "post"
    READ = "read"
    PAGE = "page"
    RELATED = "related"
    FOLLOW_POST = "followpost"
    UNFOLLOW_POST = "unfollowpost"
    TAGS = "tags"
    TAG = "tag"
    SEARCH = "search"
    NEXT = "next"
    EVENTS = "events"
    PAST = "past"
    EVENT = "event"
    REMIND_EVENT = "remindevent"
    FORGET_EVENT = "forgetevent"
    CALENDAR = "calendar"
    OWN_CALENDAR = "owncalendar"
    CALENDAR_ADDRESS = "calendaraddress"
    CALENDAR_END = "calendarend"
    FOLLOW_MENU = "followmenu"
    FOLLOW = "follow"
    FOLLOWING = "following"
    UNFOLLOW = "unfollow"
    UNFOLLOW_ALL = "unfollowall"
    REMIND_MENU = "remindmenu"
    RULE = "rule"
    RULES_OFF = "rulesoff"
    FEEDS = "feeds"
    SETTINGS = "settings"
    ZONES = "zones"
    ZONE = "zone"
    LANGUAGES = "languages"
    LANGUAGE = "language"
    PAUSE = "pause"
    RESUME = "resume"
    DIGESTS = "digests"
    DIGEST = "digest"
    QUIETS = "quiets"
    QUIET = "quiet"
    MUTES = "mutes"
    MUTE = "mute"
    UNMUTE = "unmute"
    TOPIC_OFF = "topicoff"
    URGENTS = "urgents"
    URGENT = "urgent"
    FILTERS = "filters"
    FILTER = "filter"
    FILTER_END = "filterend"
    FILTERS_END = "filtersend"
    HIDE_AUTHOR = "hideauthor"
    HISTORY = "history"
    WHY = "why"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Tap:
    """A verb and its arguments. Arguments are ids, offsets and short keys, never titles: see `short`."""

    verb: Verb
    args: tuple[str, ...] = ()

    @classmethod
    def of(cls, verb: Verb, *args: object) -> Tap:
        return cls(verb, tuple(str(arg) for arg in args))

    @property
    def data(self) -> str:
        """The callback data. Raises ValueError where an argument cannot stand in it or the whole exceeds 64 bytes."""
        data = ":".join((VERSION, self.verb, *self.args))
        if len(data) > LIMIT or not all(_ARGUMENT.fullmatch(arg) for arg in self.args):
            raise ValueError(f"this does not fit a button: {data[:100]!r}")
        return data

    @classmethod
    def read(cls, data: str) -> Tap | None:
        """The tap that `data` holds, or None where it is from another version or not ours."""
        version, *rest = data[: LIMIT + 1].split(":")
        if len(data) > LIMIT or version != VERSION or not rest:
            return None
        verb, *args = rest
        if verb not in set(Verb) or not all(_ARGUMENT.fullmatch(arg) for arg in args):
            return None
        return cls(Verb(verb), tuple(args))

    def text(self, position: int) -> str:
        """The argument at `position`, "" where there is none."""
        return self.args[position] if position < len(self.args) else ""

    def number(self, position: int) -> int | None:
        """The argument at `position` as a whole number from 0 to 2**53, None where it is not one."""
        arg = self.text(position)
        value = int(arg) if re.fullmatch(r"[0-9]{1,16}", arg) else -1
        return value if 0 <= value <= 2**53 else None


def taps_in(message: Message) -> list[Tap]:
    """What the buttons of a message would say."""
    read = [Tap.read(button.data) for row in message.buttons for button in row if button.data]
    return [tap for tap in read if tap is not None]


def short(value: str) -> str:
    """A key of at most 32 bytes for a slug or UID of any length: itself where it is short and plain, else a hash of it."""
    if _SHORT.fullmatch(value):
        return value
    return "~" + hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
