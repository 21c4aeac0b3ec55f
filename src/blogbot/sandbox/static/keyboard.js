// The buttons under a message: what each does, and how it looks while the bot has not answered the tap yet.

import * as api from "./api.js";
import { icon, make } from "./dom.js";
import { link, safeAddress } from "./entities.js";
import { alertWith, notify, warn } from "./toasts.js";
import { say } from "./words.js";

const PATIENCE = 15_000;
const EARLY = 50;

/** The rows of an inline keyboard; `busy(data)` says whether a tap on it waits for its answer. */
export function inlineKeyboard(rows, busy) {
  const lines = rows.map((row) => make("div", { class: "key-row" }, ...row.map((button) => key(button, busy))));
  return make("div", { class: "keys" }, ...lines);
}

function key(button, busy) {
  const style = ["danger", "success", "primary"].includes(button.style) ? ` ${button.style}` : "";
  const address = button.url ?? button.web_app?.url ?? button.login_url?.url;
  const label = make("span", { class: "key-text" }, button.text);
  if (address) {
    const safe = safeAddress(address);
    const attributes = { class: `key${style}`, title: safe, "aria-label": say("new_tab", { text: button.text }) };
    if (safe) return link(safe, attributes, label, icon("out"));
  }
  const attributes = { type: "button", class: `key${style}` };
  if (button.callback_data !== undefined) {
    attributes["data-tap"] = button.callback_data;
    attributes["aria-busy"] = busy(button.callback_data) ? "true" : null;
  } else if (button.copy_text) attributes["data-copy"] = button.copy_text.text;
  else attributes["data-unable"] = true;
  return make("button", attributes, label, button.copy_text ? icon("copy") : null);
}

/** The suggested answers below the composer (a reply keyboard). */
export function replyKeyboard(rows) {
  return rows.map((row) => {
    const keys = row.map(({ text }) => make("button", { type: "button", class: "key", "data-send": text }, text));
    return make("div", { class: "key-row" }, ...keys);
  });
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notify(say("copied"));
  } catch {
    warn(say("no_copy"));
  }
}

/** The taps that wait for an answer. `changed(chat, message)` is called when one begins or ends. */
export class Taps {
  constructor(changed) {
    this.changed = changed;
    this.waiting = new Map();
    this.early = new Map();
    this.lastToast = new Map();
  }

  #key(chat, message, data) {
    return `${chat}/${message}/${data}`;
  }

  isBusy(chat, message, data) {
    return this.waiting.has(this.#key(chat, message, data));
  }

  async tap(chat, message, data, user) {
    const key = this.#key(chat, message, data);
    if (this.waiting.has(key)) return;
    const tap = { chat, message, query: null };
    this.waiting.set(key, tap);
    this.changed(chat, message);
    tap.timer = setTimeout(() => this.#giveUp(key, tap), PATIENCE);
    try {
      const { callback_query_id: query } = await api.tap(chat, { message_id: message, data, user });
      tap.query = query;
      const early = this.early.get(query);
      if (early) this.#answered(key, tap, early);
    } catch (error) {
      this.#end(key, tap);
      warn(say("failed", { reason: error.message }));
    }
  }

  /** An answer to a tap of some page: shown where it was this one's. */
  hear(toast) {
    const query = toast.callback_query_id;
    for (const [key, tap] of this.waiting) {
      if (tap.query === query) return this.#answered(key, tap, toast);
    }
    this.early.set(query, toast);
    if (this.early.size > EARLY) this.early.delete(this.early.keys().next().value);
  }

  /** Asks for answers that no event told of. */
  async catchUp() {
    for (const chat of new Set([...this.waiting.values()].map((tap) => tap.chat))) {
      for (const toast of await api.toasts(chat, this.lastToast.get(chat) ?? 0)) {
        this.lastToast.set(chat, toast.id);
        this.hear(toast);
      }
    }
  }

  #answered(key, tap, toast) {
    this.early.delete(toast.callback_query_id);
    this.#end(key, tap);
    if (!toast.text) return;
    if (toast.show_alert) alertWith(toast.text);
    else notify(toast.text);
  }

  #giveUp(key, tap) {
    this.#end(key, tap);
    warn(say("no_answer"));
  }

  #end(key, tap) {
    clearTimeout(tap.timer);
    this.waiting.delete(key);
    this.changed(tap.chat, tap.message);
  }
}
