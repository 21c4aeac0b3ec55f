"""What blogbot says of itself: welcome, help, where the feeds are, and what it says where it did not understand. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from blogbot import text
from blogbot.cards.tap import Verb
from blogbot.cards.voice import LINE, Voice
from blogbot.model import Message

FORMATS = (("Atom", "atom.xml"), ("RSS", "rss.xml"), ("JSON Feed", "feed.json"))


class GuideCards(Voice):
    """Cards that help a person on."""

    def welcome(self) -> Message:
        """For people who see the bot for the first time: what it does, and three ways to begin."""
        _ = self.words.gettext
        parts = [
            _("Welcome! I bring you what {site} publishes, and remind you of its events.").format(site=self._site()),
            _(
                "Ask me whenever you like, or follow something and hear of it as soon as it is there. /help lists all I can do."
            ),
        ]
        rows = [
            (self.button(_("Latest articles"), Verb.LATEST), self.button(_("Next event"), Verb.NEXT)),
            (self.button(_("Follow everything"), Verb.FOLLOW, "everything"),),
        ]
        return self.says(parts, rows)

    def hello_group(self) -> Message:
        """For a group that the bot was just added to."""
        _ = self.words.gettext
        said = _(
            "Hello! I bring you what {site} publishes, and remind you of its events. /follow begins, /help says more."
        )
        rows = [
            (self.button(_("Follow everything"), Verb.FOLLOW, "everything"), self.button(_("Next event"), Verb.NEXT))
        ]
        return self.says([said.format(site=self._site())], rows)

    def help(self, commands: Sequence[tuple[str, str]]) -> Message:
        """Every command with what it does."""
        _ = self.words.gettext
        lines = [f"/{name} – {description}" for name, description in commands]
        hint = _("Or just write some words, and I look for them.")
        rows = [
            (self.button(_("Latest articles"), Verb.LATEST), self.button(_("Next event"), Verb.NEXT)),
            (self.button(_("Follow"), Verb.FOLLOW_MENU), self.button(_("Feeds"), Verb.FEEDS)),
            (self.button(_("Settings"), Verb.SETTINGS),),
        ]
        return self.says([_("This is what I can do:"), "\n".join(lines), hint], rows)

    def feeds(self, folder: str, tag: str = "") -> Message:
        """Where the feeds are; `tag` is the slug of one, as an example. `folder` is where they are written."""
        _ = self.words.gettext
        base = self.site.public_url
        use = _(
            "A feed brings new articles to a feed reader, and the calendar brings events to your calendar: copy an address and subscribe to it there."
        )
        if not base:
            parts = [
                _(
                    "The feeds are written as files into the folder {folder} where I run; begin with index.html in it."
                ).format(folder=f"<code>{self.quote(folder)}</code>"),
                _("They have no address on the web yet: whoever runs me can give them one with BLOGBOT_PUBLIC_URL."),
                _("Until then, follow here and miss nothing."),
            ]
            return self.says(parts, [(self.button(_("Follow"), Verb.FOLLOW_MENU),)])
        lines = [f"{name}: {self._address('feeds/' + path)}" for name, path in FORMATS]
        lines.append(_("Calendar: {address}").format(address=self._address("feeds/events.ics")))
        lines.append(_("All of them (OPML): {address}").format(address=self._address("feeds/feeds.opml")))
        if tag:
            lines.append(_("One tag: {address}").format(address=self._address(f"feeds/tags/{tag}/atom.xml")))
        rows = [
            self.link(_("All feeds"), f"{base}/feeds/index.html"),
            (
                self.button(_("Follow here instead"), Verb.FOLLOW_MENU),
                self.button(_("My calendar"), Verb.OWN_CALENDAR),
            ),
        ]
        return self.says([f"<b>{_('Feeds')}</b>", "\n".join(lines), use], rows)

    # --- Where something went another way than meant ---

    def unknown_command(self, name: str, near: Sequence[str]) -> Message:
        """There is no such command; the nearest ones."""
        _ = self.words.gettext
        parts = [_("I have no command /{name}.").format(name=self.quote(name, LINE))]
        if near:
            options = self.words.gettext("{names} or {last}").format(
                names=", ".join(f"/{n}" for n in near[:-1]), last=f"/{near[-1]}"
            )
            parts.append(_("Did you mean {commands}?").format(commands=options if len(near) > 1 else f"/{near[0]}"))
        parts.append(_("/help lists all I can do."))
        return self.says(parts, [(self.button(_("Help"), Verb.HELP), self.button(_("Latest articles"), Verb.LATEST))])

    def not_understood(self, words: str = "") -> Message:
        """Neither a command nor words that are found; `words` are those that were looked for, if any."""
        _ = self.words.gettext
        tried = (
            _("I looked for {words} and found nothing.").format(words=self.quote(words, LINE)) if words.strip() else ""
        )
        parts = [tried, _("I read words: write some, and I look for them in the articles. /help lists all I can do.")]
        rows = [(self.button(_("Latest articles"), Verb.LATEST), self.button(_("Next event"), Verb.NEXT))]
        return self.says(parts, rows)

    def foreign_link(self) -> Message:
        """A deep link that is not ours, or that leads to nothing any more."""
        _ = self.words.gettext
        parts = [
            _("This link leads to nothing I know; it may be old. Here is what I have:"),
            _("/help lists all I can do."),
        ]
        rows = [(self.button(_("Latest articles"), Verb.LATEST), self.button(_("Events"), Verb.EVENTS))]
        return self.says(parts, rows)

    def gone(self) -> Message:
        """What a button was about is not there any more."""
        _ = self.words.gettext
        parts = [_("This is not there any more: it was removed, or it changed. Here is what I have now.")]
        rows = [(self.button(_("Latest articles"), Verb.LATEST), self.button(_("Events"), Verb.EVENTS))]
        return self.says(parts, rows)

    def old_button(self) -> Message:
        """A button from another version."""
        _ = self.words.gettext
        parts = [_("This button is from an older version of me. Here is a fresh start:")]
        rows = [
            (self.button(_("Latest articles"), Verb.LATEST), self.button(_("Events"), Verb.EVENTS)),
            (self.button(_("What I follow"), Verb.FOLLOWING), self.button(_("Help"), Verb.HELP)),
        ]
        return self.says(parts, rows)

    def trouble(self) -> Message:
        """Something failed on our side."""
        _ = self.words.gettext
        return self.says([_("I could not do that just now; the fault is mine. Please try again in a minute.")])

    def advice(self, line: str, *buttons: tuple[str, Verb]) -> Message:
        """One sentence (Telegram HTML) that helps on, with buttons."""
        return self.says([line], [tuple(self.button(label, verb) for label, verb in buttons)])

    def _site(self) -> str:
        return f"<b>{self.quote(self.site.title, LINE)}</b>"

    def _address(self, path: str) -> str:
        """An address to copy: Telegram copies what stands in code when it is tapped."""
        return f"<code>{text.escape(f'{self.site.public_url}/{path}'[:400])}</code>"
