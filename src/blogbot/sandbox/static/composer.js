// The field in which a person writes, with the commands above it, who writes, and the suggested answers below.

import { fullName } from "./book.js";
import { Commands } from "./commands.js";
import { byId, make } from "./dom.js";
import { replyKeyboard } from "./keyboard.js";
import { warn } from "./toasts.js";
import { say } from "./words.js";

const TALLEST = 200;

export class Composer {
  /** `sent()` is called when something was written, `acting()` when another person is to write. */
  constructor(book, { sent, acting }) {
    this.book = book;
    this.sent = sent;
    this.chat = null;
    this.field = byId("text");
    this.choice = byId("persona-choice");
    this.commands = new Commands({
      send: (text) => this.#command(text),
      complete: (text) => this.put(text),
    });
    byId("composer").addEventListener("submit", (event) => this.#submit(event));
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("input", () => this.#grow());
    this.choice.addEventListener("change", () => {
      this.chat.persona = Number(this.choice.value);
      this.learn();
      acting();
    });
  }

  /** Turns to another chat; what was begun in each stays there. */
  open(chat) {
    if (this.chat) this.chat.draft = this.field.value;
    this.chat = chat;
    this.commands.close();
    this.commands.dismissed = false;
    this.put(chat.draft, false);
    this.drawPeople();
    this.learn();
  }

  /** Asks which commands there are. */
  learn() {
    const { book, chat } = this;
    if (chat) this.commands.learn(chat, book.actor(chat), book.bots.length > 1 && !chat.isPrivate);
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  put(text, focus = true) {
    this.field.value = text;
    this.#grow();
    if (focus) this.focus();
  }

  /** Who can write here: shown where it is not clear. */
  drawPeople() {
    const people = this.chat.isPrivate ? [] : this.book.people;
    byId("persona").hidden = people.length < 2;
    const actor = this.book.actor(this.chat).id;
    const option = (person) => make("option", { value: person.id, selected: person.id === actor }, fullName(person));
    this.choice.replaceChildren(...people.map(option));
  }

  /** The answers that the bot's last word suggests. */
  drawReplies(messages) {
    const place = byId("reply-keys");
    const speaks = ({ reply_markup: markup }) => markup?.keyboard || markup?.remove_keyboard;
    const rows = messages.findLast(speaks)?.reply_markup.keyboard ?? [];
    const look = JSON.stringify(rows);
    place.hidden = !rows.length || this.chat.away;
    if (place.dataset.look === look) return;
    place.dataset.look = look;
    place.replaceChildren(...replyKeyboard(rows));
  }

  /** Writes a text; puts it back into the field if that fails. */
  async write(text, { keep = false } = {}) {
    const { chat } = this;
    try {
      await this.book.write(chat, text);
      this.sent();
    } catch (error) {
      warn(say("not_sent", { reason: error.message }));
      if (keep && this.chat === chat && !this.field.value) this.put(text);
    }
  }

  #command(text) {
    this.put("");
    this.write(text, { keep: true });
  }

  #submit(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    this.commands.close();
    this.commands.dismissed = false;
    if (!text) return this.focus();
    this.put("");
    this.write(text, { keep: true });
  }

  #key(event) {
    if (event.isComposing) return;
    if (this.commands.key(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) this.#submit(event);
  }

  #grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST)}px`;
    this.field.style.overflowY = this.field.scrollHeight > TALLEST ? "auto" : "hidden";
    byId("send").classList.toggle("ready", Boolean(this.field.value.trim()));
  }
}
