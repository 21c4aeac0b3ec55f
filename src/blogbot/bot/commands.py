"""The commands and taps that the conversation knows, and what each does. The one list that Telegram's menu, /help and the
dispatch are made from.
"""

from __future__ import annotations

from blogbot.bot import (
    articles,
    calendars,
    events,
    filters,
    follows,
    guide,
    history,
    reminders,
    settings,
    terms,
    urgent,
)
from blogbot.bot.turn import Command, Reply, TapHandler, Turn
from blogbot.cards import Tap, Verb
from blogbot.i18n import N_
from blogbot.model import Message

MENU: tuple[tuple[str, str], ...] = (
    ("latest", N_("the newest articles")),
    ("next", N_("the next event")),
    ("events", N_("all coming events")),
    ("search", N_("find articles by words")),
    ("tags", N_("all tags")),
    ("tag", N_("the articles with a tag")),
    ("related", N_("what goes with an article")),
    ("follow", N_("hear of new articles and events")),
    ("following", N_("what you follow")),
    ("unfollow", N_("stop hearing of something")),
    ("remind", N_("be reminded before events")),
    ("urgent", N_("what comes at any time")),
    ("filter", N_("leave news out, or choose it by words")),
    ("mute", N_("silence for a while")),
    ("unmute", N_("end the silence")),
    ("history", N_("what I told you last")),
    ("why", N_("why I told you something")),
    ("calendar", N_("your own calendar, to subscribe to")),
    ("feeds", N_("addresses for your feed reader and calendar")),
    ("settings", N_("time zone, digest, quiet hours, language")),
    ("help", N_("what I can do")),
)
"""The commands in Telegram's menu, in the order in which people need them, with their descriptions."""


async def helping(turn: Turn, _words: str) -> Message:
    """Every command."""
    return guide.help_card(turn, MENU)


async def tap_help(turn: Turn, _tap: Tap) -> Reply:
    return Reply(await helping(turn, ""))


async def stop(turn: Turn, words: str) -> Message:
    """An end to what is named, or to everything for now: what a chat follows is kept."""
    if words and words.lower() not in follows.EVERYTHING:
        return await follows.unfollow(turn, words)
    return await settings.pause(turn, "")


SHORTCUTS: dict[str, Command] = {
    "zone": settings.zone,
    "timezone": settings.zone,
    "language": settings.language,
    "digest": terms.digest,
    "quiet": terms.quiet,
    "topic": terms.topic,
    "filters": filters.filters,
    "reminders": reminders.remind,
    "pause": settings.pause,
    "resume": settings.resume,
    "stop": stop,
}
"""What people write without /settings before it. The menu has enough without them."""

WISHES: dict[str, Command] = {
    **SHORTCUTS,
    "follow": follows.follow,
    "following": follows.following,
    "unfollow": follows.unfollow,
    "remind": reminders.remind,
    "urgent": urgent.urgent,
    "filter": filters.filters,
    "mute": terms.mute,
    "unmute": terms.unmute,
    "history": history.history,
    "calendar": calendars.calendar,
    "settings": settings.settings,
}
"""Those that speak of what a chat wishes to hear; in the topic of a forum's news it is the forum's."""

COMMANDS: dict[str, Command] = {
    "start": guide.start,
    "latest": articles.latest,
    "next": events.coming,
    "events": events.events,
    "search": articles.search,
    "tags": articles.tags,
    "tag": articles.tag,
    "related": articles.related,
    "why": history.why,
    "feeds": guide.feeds,
    "help": helping,
    **WISHES,
}

WISH_TAPS: dict[Verb, TapHandler] = {
    Verb.FOLLOW_MENU: follows.tap_menu,
    Verb.FOLLOW: follows.tap_follow,
    Verb.FOLLOWING: follows.tap_following,
    Verb.UNFOLLOW: follows.tap_unfollow,
    Verb.UNFOLLOW_ALL: follows.tap_unfollow_all,
    Verb.REMIND_MENU: reminders.tap_menu,
    Verb.RULE: reminders.tap_rule,
    Verb.RULES_OFF: reminders.tap_off,
    Verb.SETTINGS: settings.tap_settings,
    Verb.ZONES: settings.tap_zones,
    Verb.ZONE: settings.tap_zone,
    Verb.LANGUAGES: settings.tap_languages,
    Verb.LANGUAGE: settings.tap_language,
    Verb.PAUSE: settings.tap_pause,
    Verb.RESUME: settings.tap_pause,
    Verb.DIGESTS: terms.tap_digests,
    Verb.DIGEST: terms.tap_digest,
    Verb.QUIETS: terms.tap_quiets,
    Verb.QUIET: terms.tap_quiet,
    Verb.MUTES: terms.tap_mutes,
    Verb.MUTE: terms.tap_mute,
    Verb.UNMUTE: terms.tap_unmute,
    Verb.URGENTS: urgent.tap_urgents,
    Verb.URGENT: urgent.tap_urgent,
    Verb.FILTERS: filters.tap_filters,
    Verb.FILTER: filters.tap_begin,
    Verb.FILTER_END: filters.tap_end,
    Verb.FILTERS_END: filters.tap_end_all,
    Verb.HIDE_AUTHOR: filters.tap_hide_author,
    Verb.HISTORY: history.tap_history,
    Verb.OWN_CALENDAR: calendars.tap_calendar,
    Verb.CALENDAR_ADDRESS: calendars.tap_address,
    Verb.CALENDAR_END: calendars.tap_end,
}
"""The same among the taps."""

TAPS: dict[Verb, TapHandler] = {
    Verb.LATEST: articles.tap_latest,
    Verb.POST: articles.tap_post,
    Verb.READ: articles.tap_read,
    Verb.PAGE: articles.tap_page,
    Verb.RELATED: articles.tap_related,
    Verb.FOLLOW_POST: follows.tap_follow_post,
    Verb.UNFOLLOW_POST: follows.tap_unfollow_post,
    Verb.TAGS: articles.tap_tags,
    Verb.TAG: articles.tap_tag,
    Verb.SEARCH: articles.tap_search,
    Verb.NEXT: events.tap_next,
    Verb.EVENTS: events.tap_events,
    Verb.PAST: events.tap_past,
    Verb.EVENT: events.tap_event,
    Verb.REMIND_EVENT: reminders.tap_remind_event,
    Verb.FORGET_EVENT: reminders.tap_forget_event,
    Verb.CALENDAR: events.tap_calendar,
    Verb.FEEDS: guide.tap_feeds,
    Verb.TOPIC_OFF: terms.tap_topic_off,
    Verb.WHY: history.tap_why,
    Verb.HELP: tap_help,
    **WISH_TAPS,
}
