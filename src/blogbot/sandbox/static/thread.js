// The conversation: the messages of the open chat in order, days between them, and where the reader stands in it.

import { fullName } from "./book.js";
import { fill, isService, speaker } from "./bubble.js";
import { dayKey, dayName } from "./dates.js";
import { arrange, byId, make } from "./dom.js";
import { refreshTimes } from "./entities.js";
import { say } from "./words.js";

const NEAR_END = 60;
const NEAR_START = 200;
const RUN_SECONDS = 300;

export class Thread {
  /** `seen()` is called when the newest message is in view, `earlier()` when the reader nears the first. */
  constructor(book, taps, { seen, earlier }) {
    this.book = book;
    this.taps = taps;
    this.seen = seen;
    this.earlier = earlier;
    this.chat = null;
    this.drawn = new Map();
    this.days = new Map();
    this.pinned = true;
    this.settled = false;
    this.element = byId("thread");
    this.inner = make("div", { class: "inner" });
    this.typing = make("div", { class: "message theirs typing", "aria-hidden": "true" }, dots());
    this.element.append(this.inner);
    this.element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const keep = new ResizeObserver(() => this.pinned && this.toEnd());
    keep.observe(this.element);
    keep.observe(this.inner);
  }

  /** Shows another chat, from its newest message. */
  open(chat) {
    this.chat = chat;
    this.pinned = true;
    this.settled = false;
    this.drawn.clear();
    this.days.clear();
    this.inner.replaceChildren();
    this.element.setAttribute("aria-busy", "true");
  }

  get atEnd() {
    return this.pinned;
  }

  toEnd(smooth = false) {
    const gentle = smooth && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.element.scrollTo({ top: this.element.scrollHeight, behavior: gentle ? "smooth" : "instant" });
  }

  /** Brings a message into view, if it is there. */
  goTo(id) {
    const element = this.drawn.get(id)?.element;
    if (!element) return;
    this.pinned = false;
    element.scrollIntoView({ block: "center" });
    element.classList.remove("found");
    requestAnimationFrame(() => element.classList.add("found"));
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    this.pinned = scrollHeight - scrollTop - clientHeight < NEAR_END;
    this.seen();
    if (scrollTop < NEAR_START && this.chat?.from) this.earlier();
  }

  /** Draws what is not drawn yet, or not as it is now. */
  draw() {
    const { chat } = this;
    const messages = chat.list();
    const hold = this.pinned ? () => this.toEnd() : this.#holding();
    const nodes = this.#nodes(messages);
    if (this.book.isTyping(chat)) nodes.push(this.typing);
    arrange(this.inner, nodes);
    refreshTimes(this.inner);
    this.element.hidden = !messages.length;
    hold();
    if (chat.messages) this.#settle();
  }

  /** From now on, what is added is news: it moves in, and is read out. */
  #settle() {
    if (this.settled) return;
    this.settled = true;
    requestAnimationFrame(() => this.element.removeAttribute("aria-busy"));
  }

  /** Remembers what the reader looks at; the function given back brings it to where it was. */
  #holding() {
    const top = this.element.getBoundingClientRect().top;
    const held = [...this.inner.children].find((node) => node.dataset.id && node.getBoundingClientRect().bottom > top);
    if (!held) return () => {};
    const before = held.getBoundingClientRect().top;
    return () => {
      const moved = held.getBoundingClientRect().top - before;
      if (moved) this.element.scrollTop += moved;
    };
  }

  #nodes(messages) {
    const nodes = [];
    const there = new Set();
    const actor = this.book.actor(this.chat).id;
    messages.forEach((message, index) => {
      const before = messages[index - 1];
      const after = messages[index + 1];
      if (!before || dayKey(before.date) !== dayKey(message.date)) nodes.push(this.#day(message.date));
      there.add(message.message_id);
      const run = { begins: !together(before, message), ends: !together(message, after) };
      nodes.push(this.#message(message, actor, run));
    });
    for (const id of this.drawn.keys()) if (!there.has(id)) this.drawn.delete(id);
    return nodes;
  }

  #day(date) {
    const key = dayKey(date);
    const name = dayName(date, say("today"), say("yesterday"));
    const element = this.days.get(key) ?? make("h3", { class: "day" }, make("span", {}, name));
    if (element.firstChild.textContent !== name) element.firstChild.textContent = name;
    this.days.set(key, element);
    return element;
  }

  #message(message, actor, { begins, ends }) {
    const id = message.message_id;
    const mine = speaker(message) === actor;
    const named = begins && !mine && !this.chat.isPrivate;
    const look = `${mine}/${named}`;
    const known = this.drawn.get(id);
    const drawn = known ?? { element: make("div", { role: "article", "data-id": id }), message: null, look: "" };
    this.drawn.set(id, drawn);
    if (drawn.message !== message || drawn.look !== look) this.#fill(drawn, message, { mine, named, look });
    if (!known && this.settled && this.pinned) drawn.element.classList.add("new");
    drawn.element.classList.toggle("begins", begins);
    drawn.element.classList.toggle("ends", ends);
    return drawn.element;
  }

  #fill(drawn, message, { mine, named, look }) {
    const id = message.message_id;
    const busy = (data) => this.taps.isBusy(this.chat.id, id, data);
    const name = message.from ? fullName(message.from) : (message.sender_chat?.title ?? "");
    const focus = focused(drawn.element);
    fill(drawn.element, message, { mine, named, name, busy });
    focus();
    Object.assign(drawn, { message, look });
  }

  /** Draws one message again, since a tap on one of its buttons began or ended. */
  refresh(chat, id) {
    const drawn = this.drawn.get(id);
    if (this.chat?.id !== chat || !drawn) return;
    for (const button of drawn.element.querySelectorAll("[data-tap]")) {
      const busy = this.taps.isBusy(chat, id, button.dataset.tap);
      if (busy) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    }
  }
}

/** Whether two messages belong to one run: the same speaker, one day, soon after each other. */
function together(one, two) {
  if (!one || !two || isService(one) || isService(two)) return false;
  const near = two.date - one.date < RUN_SECONDS && dayKey(one.date) === dayKey(two.date);
  return near && speaker(one) === speaker(two);
}

/** Remembers which of a node's controls has the focus; the function given back restores it to the one in its place. */
function focused(element) {
  const active = element.contains(document.activeElement) ? document.activeElement : null;
  if (!active) return () => {};
  const selector = "a, button, [tabindex]";
  const data = active.dataset.tap;
  const index = [...element.querySelectorAll(selector)].indexOf(active);
  return () => {
    const controls = [...element.querySelectorAll(selector)];
    const same = data === undefined ? null : controls.find((control) => control.dataset.tap === data);
    (same ?? controls[Math.min(index, controls.length - 1)] ?? byId("text")).focus({ preventScroll: true });
  };
}

function dots() {
  return make("div", { class: "bubble" }, make("span", { class: "dots" }, make("i"), make("i"), make("i")));
}
