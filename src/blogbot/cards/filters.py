"""What a chat leaves out of its news, or wants alone, as it reads and changes it. Pure; changes nothing itself."""

from __future__ import annotations

from collections.abc import Sequence

from blogbot.cards.lists import QUERY
from blogbot.cards.menus import SHOWN, MenuCards, pairs
from blogbot.cards.tap import MENU, Verb, short
from blogbot.cards.voice import LINE
from blogbot.model import Button, Filter, FilterKind, Message

NamedFilter = tuple[Filter, str]  # a filter and the words for what it names


class FilterCards(MenuCards):
    """Cards of filters. `said` is a sentence of what was just done, Telegram HTML."""

    def filter_menu(self, filters: Sequence[NamedFilter], *, said: str = "") -> Message:
        """The chat's filters, each with a button that ends it, and how to make more."""
        _ = self.words.gettext
        hidden = [self.filtered(*named) for named in filters if not named[0].only]
        only = [self.filtered(*named) for named in filters if named[0].only]
        parts = [
            said,
            f"<b>{_('Filters')}</b>" if filters else _("You filter nothing: all news of what you follow comes."),
            _("Left out: {what}").format(what=", ".join(hidden)) if hidden else "",
            _("Only: {what}").format(what=", ".join(only)) if only else "",
            "\n".join(
                (
                    _("<code>/filter hide budget cuts</code> leaves out news with these words"),
                    _("<code>/filter only author Ada</code> brings only what Ada writes"),
                    _("<code>/filter off</code> ends all"),
                )
            ),
            _("Filters are for new articles and events; reminders and changes come all the same."),
        ]
        ends = [self._ending(*named) for named in filters[:SHOWN]]
        all_off = (self.button(_("End all"), Verb.FILTERS_END),) if filters else ()
        back = self.button(_("Settings"), Verb.SETTINGS, MENU)
        return self.says(parts, [*pairs(ends), (*all_off, back)])

    def filter_choice(self, words: str, filter_: Filter) -> Message:
        """What shall be done with news of these words, or by this author. They stand alone in bold: the buttons read them there."""
        _ = self.words.gettext
        shown = f"<b>{self.quote(words, QUERY)}</b>"
        author = filter_.kind is FilterKind.AUTHOR
        said = _("What shall I do with news by {name}?") if author else _("What shall I do with news with {words}?")
        choice = (
            self.button(_("Leave it out"), Verb.FILTER, "hide", filter_.kind),
            self.button(_("Bring nothing else"), Verb.FILTER, "only", filter_.kind),
        )
        return self.says(
            [said.format(name=shown, words=shown)], [choice, (self.button(_("Filters"), Verb.FILTERS, MENU),)]
        )

    def filtered(self, filter_: Filter, name: str) -> str:
        """What a filter names, as part of a sentence."""
        _ = self.words.gettext
        shown = self.quote(name or filter_.value, LINE)
        if filter_.kind is FilterKind.AUTHOR:
            return _("the author {name}").format(name=shown)
        return _("“{words}”").format(words=shown)

    def _ending(self, filter_: Filter, name: str) -> Button:
        label = "✕ " + self.label(name or filter_.value)
        return self.button(label, Verb.FILTER_END, filter_.kind, short(filter_.value))
