// Text and its entities, as the Bot API gives them, made into nodes. Offsets and lengths are UTF-16 code units, which
// is how JavaScript counts too. Nothing here reads markup: what looks like a tag stays text.

import { exact, formatted, iso, utc, valid } from "./dates.js";
import { make } from "./dom.js";
import { say } from "./words.js";

const SIMPLE = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };
const MARKED = new Set(["mention", "hashtag", "cashtag", "text_mention"]);
const QUOTES = new Set(["blockquote", "expandable_blockquote"]);
const BLOCKS = new Set([...QUOTES, "pre"]);
const LONG_QUOTE_LINES = 3;

/** Whether an address may be followed: web addresses, and those of Telegram, which the page handles itself. */
export function safeAddress(text) {
  const address = /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`;
  try {
    const url = new URL(address);
    return ["http:", "https:", "tg:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that opens in a new tab; `data-address` lets the page see where it leads before it is followed. */
export function link(address, attributes = {}, ...children) {
  const rest = { href: address, "data-address": address, target: "_blank", rel: "noopener noreferrer" };
  return make("a", { ...rest, ...attributes }, ...children);
}

/** The text with its entities as nodes. */
export function render(text, entities = []) {
  const sound = entities
    .filter(({ offset, length }) => offset >= 0 && length > 0 && offset + length <= text.length)
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  return nested(text, 0, text.length, sound);
}

/** The nodes of text[begin:end]; an entity that crosses the end of another begins behind it. */
function nested(text, begin, end, entities) {
  const fragment = document.createDocumentFragment();
  let at = begin;
  let rest = entities;
  while (rest.length) {
    const [entity, ...others] = rest;
    const start = Math.max(entity.offset, at);
    const stop = endOf(entity);
    rest = others.filter((other) => endOf(other) > stop);
    if (stop <= start) continue;
    const inner = others.filter((other) => endOf(other) <= stop);
    if (start > at) fragment.append(text.slice(at, start));
    fragment.append(element(entity, text.slice(start, stop), nested(text, start, stop, inner)));
    at = BLOCKS.has(entity.type) && text[stop] === "\n" ? stop + 1 : stop;
  }
  if (at < end) fragment.append(text.slice(at, end));
  return fragment;
}

function endOf(entity) {
  return entity.offset + entity.length;
}

function element(entity, text, inner) {
  const { type } = entity;
  if (type in SIMPLE) return make(SIMPLE[type], {}, inner);
  if (MARKED.has(type)) return make("span", { class: "marked" }, inner);
  if (QUOTES.has(type)) return quote(inner, type === "expandable_blockquote");
  switch (type) {
    case "pre":
      return code(inner, entity.language);
    case "spoiler":
      return spoiler(inner);
    case "date_time":
      return instant(entity, inner);
    case "bot_command":
      return make("button", { type: "button", class: "inline-command", "data-send": text }, inner);
    case "url":
    case "text_link":
      return address(entity.url ?? text, text, inner);
    case "email":
      return make("a", { href: `mailto:${text}` }, inner);
    case "phone_number":
      return make("a", { href: `tel:${text.replace(/[^+\d]/g, "")}` }, inner);
    default:
      return make("span", {}, inner);
  }
}

function address(given, text, inner) {
  const safe = safeAddress(given);
  if (!safe) return make("span", {}, inner);
  return link(safe, { title: given === text ? null : safe }, inner);
}

function code(inner, language) {
  return make("pre", { "data-language": language || null, tabindex: "0" }, make("code", {}, inner));
}

function spoiler(inner) {
  const hidden = make("span", { inert: true, "aria-hidden": "true" }, inner);
  return make("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": say("reveal") }, hidden);
}

/** Shows what a spoiler hides. */
export function reveal(element) {
  const hidden = element.firstElementChild;
  element.classList.add("revealed");
  for (const name of ["role", "aria-label"]) element.removeAttribute(name);
  element.setAttribute("tabindex", "-1");
  for (const name of ["inert", "aria-hidden"]) hidden.removeAttribute(name);
}

function instant(entity, inner) {
  const seconds = entity.unix_time;
  if (!valid(seconds)) return make("span", {}, inner);
  const pattern = entity.date_time_format ?? "";
  const title = say("exactly", { local: exact(seconds), utc: utc(seconds) });
  const attributes = { datetime: iso(seconds), title, "data-unix": seconds, "data-format": pattern };
  return make("time", attributes, pattern ? formatted(seconds, pattern) : inner);
}

/** Brings the relative times below a node up to date. */
export function refreshTimes(root) {
  for (const time of root.querySelectorAll('time[data-format="r"]')) {
    const text = formatted(Number(time.dataset.unix), "r");
    if (time.textContent !== text) time.textContent = text;
  }
}

function quote(inner, expandable) {
  const body = make("div", { class: "quote-body" }, inner);
  if (!expandable) return make("blockquote", {}, body);
  const button = make("button", { type: "button", class: "quote-toggle", "aria-expanded": "false" }, say("show_more"));
  const element = make("blockquote", { class: "folded" }, body, button);
  new ResizeObserver(() => measure(element, body, button)).observe(body);
  return element;
}

/** A folded quote has its button only where something is folded away. */
function measure(element, body, button) {
  if (!element.classList.contains("folded")) return;
  const line = Number.parseFloat(getComputedStyle(body).lineHeight) || 20;
  button.hidden = body.scrollHeight <= line * LONG_QUOTE_LINES + 2;
}

/** Folds or unfolds the quote of a button. */
export function toggleQuote(button) {
  const folded = button.parentElement.classList.toggle("folded");
  button.setAttribute("aria-expanded", String(!folded));
  button.textContent = say(folded ? "show_more" : "show_less");
}
