// The list of the bot's commands over the message field: by its button, or by typing "/". The field keeps the focus.

import * as api from "./api.js";
import { byId, make } from "./dom.js";

export class Commands {
  /** `send(text)` sends a command at once; `complete(text)` puts it into the field to be gone on with. */
  constructor({ send, complete }) {
    this.send = send;
    this.complete = complete;
    this.known = [];
    this.shown = [];
    this.at = 0;
    this.dismissed = false;
    this.whole = false; // opened by the button, whatever stands in the field
    this.field = byId("text");
    this.list = byId("commands");
    this.button = byId("slash");
    this.button.addEventListener("click", () => this.#toggle());
    this.field.addEventListener("input", () => this.#typed());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("pointerdown", (event) => this.#pressedElsewhere(event));
  }

  get open() {
    return !this.list.hidden;
  }

  /** Learns the commands of a chat for the person who writes in it. `named`: with the bot's name behind each. */
  async learn(chat, actor, named) {
    const all = await api.commands(chat.id, actor.id, actor.language_code ?? "").catch(() => []);
    const text = ({ command, bot }) => (named ? `/${command}@${bot}` : `/${command}`);
    this.known = all.map((command) => ({ text: text(command), description: command.description }));
    this.button.hidden = !this.known.length;
    if (this.open && this.whole) this.#show(this.known);
    else if (this.open) this.#filter();
  }

  close() {
    this.list.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  #show(commands) {
    this.shown = commands;
    if (!commands.length) return this.close();
    const items = commands.map(({ text, description }, index) =>
      make(
        "li",
        { role: "option", id: `command-${index}`, "data-index": index },
        make("span", { class: "command-name" }, text),
        make("span", { class: "command-text" }, description),
      ),
    );
    this.list.replaceChildren(...items);
    this.list.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.#choose(0);
  }

  #choose(index) {
    this.at = (index + this.shown.length) % this.shown.length;
    for (const [position, item] of [...this.list.children].entries()) {
      item.setAttribute("aria-selected", String(position === this.at));
    }
    const item = this.list.children[this.at];
    item.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", item.id);
  }

  #filter() {
    const typed = this.field.value.toLowerCase();
    this.whole = false;
    if (!/^\/[\w@]*$/.test(typed)) return this.close();
    this.#show(this.known.filter(({ text }) => text.toLowerCase().startsWith(typed)));
  }

  #typed() {
    if (!this.field.value.startsWith("/")) this.dismissed = false;
    if (this.dismissed) return;
    this.#filter();
  }

  #toggle() {
    if (this.open) this.close();
    else {
      this.dismissed = false;
      this.whole = true;
      this.#show(this.known);
    }
    this.field.focus();
  }

  #clicked(event) {
    const item = event.target.closest("[data-index]");
    if (item) this.#take(Number(item.dataset.index));
  }

  #pressedElsewhere(event) {
    const inside = [this.list, this.button, this.field].some((element) => element.contains(event.target));
    if (this.open && !inside) this.close();
  }

  #take(index) {
    const { text } = this.shown[index];
    this.close();
    this.send(text);
  }

  /** A key in the field while the list is open. Says whether it was for the list. */
  key(event) {
    if (!this.open) return false;
    switch (event.key) {
      case "ArrowDown":
        this.#choose(this.at + 1);
        return true;
      case "ArrowUp":
        this.#choose(this.at - 1);
        return true;
      case "Enter":
        if (event.shiftKey) return false;
        this.#take(this.at);
        return true;
      case "Tab":
        if (event.shiftKey) return false;
        this.complete(`${this.shown[this.at].text} `);
        this.close();
        return true;
      case "Escape":
        this.dismissed = true;
        this.close();
        return true;
      default:
        return false;
    }
  }
}
