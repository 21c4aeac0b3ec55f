// The list of chats: names, the last words of each, when, and how much is unread.

import { gist } from "./bubble.js";
import { brief } from "./dates.js";
import { arrange, byId, hue, icon, initials, make } from "./dom.js";
import { say } from "./words.js";

const KEYS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
const PREVIEW = 100;

export class Roster {
  constructor(book) {
    this.book = book;
    this.open = null;
    this.rows = new Map();
    this.element = byId("roster");
    this.element.addEventListener("keydown", (event) => this.#move(event));
  }

  /** Draws the list; `open` is the chat on the right, if any. */
  draw(open) {
    const chats = [...this.book.chats.values()];
    const order = new Map(chats.map((chat, index) => [chat, index]));
    chats.sort((a, b) => (b.last_message?.date ?? 0) - (a.last_message?.date ?? 0) || order.get(a) - order.get(b));
    const stop = open ?? chats[0];
    arrange(this.element, chats.map((chat) => this.#row(chat, { open: chat === open, stop: chat === stop })));
    for (const id of this.rows.keys()) if (!this.book.chats.has(id)) this.rows.delete(id);
  }

  #row(chat, { open, stop }) {
    const row = this.rows.get(chat.id) ?? this.#make(chat);
    const content = this.#content(chat);
    const look = JSON.stringify(content);
    if (row.look !== look) {
      row.look = look;
      row.link.replaceChildren(...nodes(chat, content));
    }
    if (open) row.link.setAttribute("aria-current", "page");
    else row.link.removeAttribute("aria-current");
    row.link.tabIndex = stop ? 0 : -1;
    return row.item;
  }

  #make(chat) {
    const link = make("a", { href: `#${chat.id}` });
    const row = { item: make("li", {}, link), link, look: "" };
    this.rows.set(chat.id, row);
    return row;
  }

  #content(chat) {
    const last = chat.last_message;
    return {
      title: this.book.title(chat),
      time: last ? brief(last.date) : "",
      typing: this.book.isTyping(chat),
      text: last ? this.#words(chat, last) : say("no_messages"),
      unread: chat.unread,
    };
  }

  #words(chat, message) {
    const text = gist(message).slice(0, PREVIEW).replace(/\s+/g, " ");
    if (chat.isPrivate && message.from?.is_bot) return text;
    const mine = message.from?.id === this.book.actor(chat).id;
    return say("author", { name: mine ? say("me") : (message.from?.first_name ?? ""), text });
  }

  #move(event) {
    const step = KEYS[event.key];
    if (step === undefined) return;
    const links = [...this.element.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement) + step;
    links[Math.max(0, Math.min(links.length - 1, at))]?.focus();
    event.preventDefault();
  }
}

function nodes(chat, { title, time, typing, text, unread }) {
  const sign = chat.isPrivate ? initials(chat.owner.first_name) : icon("group");
  const label = say("unread", { count: unread });
  const badge = make(
    "span",
    { class: "badge" },
    make("span", { "aria-hidden": "true" }, unread > 99 ? "99+" : unread),
    make("span", { class: "unseen" }, label),
  );
  return [
    make("span", { class: "avatar", "data-hue": hue(chat.id), "aria-hidden": "true" }, sign),
    make("span", { class: "row-name", dir: "auto" }, title),
    make("span", { class: "row-time" }, time),
    make("span", { class: typing ? "row-text typing" : "row-text", dir: "auto" }, typing ? say("typing") : text),
    ...(unread ? [badge] : []),
  ];
}
