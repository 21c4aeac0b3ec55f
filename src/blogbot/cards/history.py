"""What blogbot told a chat unasked, and why, as the chat reads it. Pure; knows neither the ledger nor how reasons are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from blogbot.cards.menus import SHOWN, Named, in_rows
from blogbot.cards.tap import Tap, Verb, short
from blogbot.cards.urgent import NamedRule, UrgentCards
from blogbot.cards.voice import LINE, PER_ROW, Row
from blogbot.model import AnnouncementKind, Button, Follow, Message, ReminderRule

CHANGES = (AnnouncementKind.MOVED, AnnouncementKind.CANCELLED)
ENDINGS = 6  # wishes with buttons of their own under one answer


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that was told: its title ("" where nobody knows it any more), and the tap that shows it, if it is there still.

    It was `gathered` where its message told of more; it is `uncertain` where nobody knows whether it arrived.
    """

    kind: AnnouncementKind
    title: str
    at: datetime
    tap: Tap | None = None
    gathered: bool = False
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Because:
    """One thing that was told, and the wishes that it answers to: none where they have ended since.

    `event` is the id of the event and of its date, where it is about one; `authors` are an article's, with its id.
    """

    kind: AnnouncementKind
    title: str
    follows: tuple[Named, ...] = ()
    rules: tuple[NamedRule, ...] = ()
    event: tuple[int, int] | None = None
    post_id: int = 0
    authors: tuple[str, ...] = ()


class HistoryCards(UrgentCards):
    """Cards that look back."""

    def history(self, heard: Sequence[Heard]) -> Message:
        """The last things told, the latest first, each with a button that shows it as it is now."""
        _ = self.words.gettext
        if not heard:
            return self._nothing_told()
        lines = [f"{n}. {self._heard_title(each)}\n    {self._heard_how(each)}" for n, each in enumerate(heard, 1)]
        buttons = [Button(str(n), data=each.tap.data) for n, each in enumerate(heard, 1) if each.tap is not None]
        ways = (self.button(_("Why the last?"), Verb.WHY), self.button(_("What I follow"), Verb.FOLLOWING))
        hint = _("Reply /why to any of my news, and I say what sent it.")
        heading = f"<b>{_('What I told you last')}</b>"
        return self.says([heading, "\n".join(lines), hint], [*in_rows(buttons, PER_ROW), ways])

    def why(self, told: Sequence[Because], *, whole_forum: bool = False) -> Message:
        """Which wishes sent a message, with buttons that change exactly these. Those of a whole forum are changed elsewhere."""
        _ = self.words.gettext
        if len(told) == 1:
            parts = [_("Why I told you of {title}:").format(title=self._bold(told[0])), self._reasons(told[0])]
        else:
            lines = [f"• {self._bold(each)}\n{self._reasons(each)}" for each in told]
            parts = [_("Why I told you of these:"), "\n".join(lines)]
        if whole_forum:
            parts.append(_("This group wished for it outside of its topics; there it can be changed."))
            return self.says(parts)
        return self.says(parts, self._changes(told))

    def why_not_news(self) -> Message:
        """The message replied to is no news: it answered somebody."""
        _ = self.words.gettext
        parts = [
            _("That message I did not send by myself: it was an answer, or it is too old for me to know."),
            _("Reply /why to news or to a reminder; /history shows the last ones."),
        ]
        return self.says(parts, [self._ways_back()])

    def why_nothing(self) -> Message:
        """There is nothing to explain yet."""
        return self._nothing_told()

    def _nothing_told(self) -> Message:
        _ = self.words.gettext
        ways = (self.button(_("What I follow"), Verb.FOLLOWING), self.button(_("Reminders"), Verb.REMIND_MENU))
        return self.says(
            [_("I have told you nothing unasked yet. I will, as soon as there is news of what you follow.")], [ways]
        )

    # --- What was told ---

    def _heard_title(self, heard: Heard) -> str:
        shown = self._name_of(heard.title)
        return shown if heard.tap is not None or not heard.title else self.struck(shown)

    def _name_of(self, title: str) -> str:
        return self.quote(title, LINE) or self.words.gettext("(not there any more)")

    def _heard_how(self, heard: Heard) -> str:
        _ = self.words.gettext
        kind = self._kind(heard.kind)
        line = _("{kind} in a digest, {when}") if heard.gathered else _("{kind}, {when}")
        said = line.format(kind=kind, when=self.moment(heard.at))
        return said + " " + _("(it may not have arrived)") if heard.uncertain else said

    def _kind(self, kind: AnnouncementKind) -> str:
        _ = self.words.gettext
        return {
            AnnouncementKind.POST: _("📰 New article"),
            AnnouncementKind.EVENT: _("📅 New event"),
            AnnouncementKind.MOVED: _("🔁 Change"),
            AnnouncementKind.CANCELLED: _("❌ Cancelled"),
            AnnouncementKind.REMINDER: _("⏰ Reminder"),
        }[kind]

    # --- Why ---

    def _bold(self, told: Because) -> str:
        return f"<b>{self._name_of(told.title)}</b>"

    def _reasons(self, told: Because) -> str:
        """One sentence for each wish; reminders of one sort together."""
        _ = self.words.gettext
        lines = [_("You follow {what}.").format(what=self.named(*named)) for named in told.follows[:SHOWN]]
        every = [rule for rule, _title in told.rules if not rule.event_uid]
        own = [rule for rule, _title in told.rules if rule.event_uid]
        for rules, line in (
            (every, _("You want to be reminded {offsets} before every event.")),
            (own, _("You want to be reminded of this event, {offsets} before.")),
        ):
            if rules:
                lines.append(line.format(offsets=self.offsets([rule.offset for rule in rules])))
        if not lines and told.kind in CHANGES:
            lines = [_("I had told you of this event before, so you had to hear that it changed.")]
        return "\n".join(lines) or _("What you wished for then has ended since: no more of this comes.")

    def _changes(self, told: Sequence[Because]) -> list[Row]:
        """A row for each wish, as far as there is room; then filters, for news."""
        follows: dict[Follow, Named] = {named[0]: named for each in told for named in each.follows}
        rules: dict[ReminderRule, Because] = {rule: each for each in told for rule, _title in each.rules}
        rows = [self._change_follow(named) for named in list(follows.values())[:ENDINGS]]
        rows += [self._change_rule(rule, each) for rule, each in list(rules.items())[: ENDINGS - len(rows)]]
        return [*rows, *self._filters(told), self._ways_back()]

    def _change_follow(self, named: Named) -> Row:
        _ = self.words.gettext
        follow, name = named
        stop = _("Stop: {name}").format(name=self.name_of(follow, name))
        return (self.button(stop, Verb.UNFOLLOW, follow.kind, short(follow.value)), self.urgency(follow))

    def _change_rule(self, rule: ReminderRule, told: Because) -> Row:
        _ = self.words.gettext
        if rule.event_uid and told.event is not None:
            return (self.button(_("Don't remind me"), Verb.FORGET_EVENT, *told.event), self.urgency(rule))
        return (self.button(_("Change reminders"), Verb.REMIND_MENU), self.urgency(rule))

    def _filters(self, told: Sequence[Because]) -> list[Row]:
        """For news: without this author, or by words. A digest's items have too many for buttons of their own."""
        _ = self.words.gettext
        if not any(each.kind.gathers for each in told):
            return []
        filters = (self.button(_("Filters"), Verb.FILTERS),)
        if len(told) > 1 or not told[0].authors:
            return [filters]
        label = _("Nothing by {author}").format(author=self.label(told[0].authors[0]))
        return [(self.button(label, Verb.HIDE_AUTHOR, told[0].post_id), *filters)]

    def _ways_back(self) -> Row:
        _ = self.words.gettext
        return (
            self.button(_("What I told you"), Verb.HISTORY),
            self.button(_("Settings"), Verb.SETTINGS),
        )
