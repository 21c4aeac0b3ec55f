// One message as a node: who wrote it, what it answers, its file, its text, when, and the buttons below.

import * as api from "./api.js";
import { exact, iso, time } from "./dates.js";
import { hue, icon, make } from "./dom.js";
import { render } from "./entities.js";
import { inlineKeyboard } from "./keyboard.js";
import { say } from "./words.js";

const QUOTED = 120;

/** What a message says, in one line: for the list of chats and for quotes. */
export function gist(message) {
  if (message.document) return message.caption ?? message.document.file_name ?? say("file");
  if (message.photo) return message.caption ?? say("photo");
  if (message.text !== undefined) return message.text;
  return service(message);
}

/** Whether the message is a note about the chat rather than something that somebody said. */
export function isService(message) {
  return message.text === undefined && !message.document && !message.photo;
}

function service(message) {
  if (message.forum_topic_created) return say("topic", { name: message.forum_topic_created.name });
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return say("moved_on");
  return say("service");
}

/** The id of whoever speaks, be it a person or the chat itself. */
export function speaker(message) {
  return message.from?.id ?? message.sender_chat?.id ?? 0;
}

/** Fills a message's node anew. `view`: `mine`; `name` of whoever speaks; `named`, whether to show it; `busy`. */
export function fill(element, message, view) {
  element.className = `message ${isService(message) ? "service" : view.mine ? "mine" : "theirs"}`;
  if (isService(message)) return element.replaceChildren(make("p", { class: "note" }, service(message)));
  const rows = message.reply_markup?.inline_keyboard;
  element.replaceChildren(bubble(message, view), ...(rows ? [inlineKeyboard(rows, view.busy)] : []));
}

function bubble(message, view) {
  return make(
    "div",
    { class: "bubble" },
    author(message, view),
    repliesTo(message) ? quoted(message.reply_to_message) : null,
    attachment(message),
    body(message),
  );
}

function author(message, { name, named }) {
  const attributes = { class: named ? "author" : "unseen", "data-hue": hue(speaker(message)) };
  return make("p", attributes, named ? name : `${name}:`);
}

/** In a topic, what replies to nothing else names the message that began the topic; that is no quotation. */
function repliesTo({ reply_to_message: other }) {
  return other && !other.forum_topic_created;
}

function quoted(message) {
  const name = message.from?.first_name ?? message.chat.title ?? "";
  return make(
    "button",
    { type: "button", class: "quoted", "data-goto": message.message_id, "aria-label": say("answer_to", { name }) },
    make("span", { class: "quoted-name" }, name),
    make("span", { class: "quoted-text" }, gist(message).slice(0, QUOTED)),
  );
}

function attachment(message) {
  if (message.document) return documentLink(message.document);
  if (message.photo?.length) return photo(message.photo.at(-1), message.caption ?? say("photo"));
  return null;
}

function documentLink(file) {
  const name = file.file_name ?? say("file");
  const kind = /\.ics$/i.test(name) || file.mime_type === "text/calendar" ? "calendar" : "file";
  const label = say("download", { name });
  return make(
    "a",
    { class: "document", href: api.file(file.file_id), download: name, "aria-label": label, title: label },
    make("span", { class: "document-sign" }, icon(kind)),
    make("span", { class: "document-name" }, name),
    make("span", { class: "document-size" }, size(file.file_size)),
  );
}

function size(bytes) {
  if (bytes === undefined) return "";
  const [unit, scale] = bytes < 1e3 ? ["byte", 1] : bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  const options = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(document.documentElement.lang, options).format(bytes / scale);
}

function photo(file, text) {
  const image = make("img", { class: "photo", src: api.file(file.file_id), alt: text, loading: "lazy" });
  image.addEventListener("error", () => {
    image.replaceWith(make("p", { class: "photo-missing" }, icon("file"), say("photo")));
  });
  return image;
}

function body(message) {
  const text = message.text ?? message.caption ?? "";
  const entities = message.entities ?? message.caption_entities ?? [];
  return make("div", { class: "text", dir: "auto" }, render(text, entities), meta(message));
}

function meta(message) {
  const { date, edit_date: changed } = message;
  const edited = changed ? make("span", { class: "edited", title: exact(changed) }, say("edited")) : null;
  return make("span", { class: "meta" }, edited, make("time", { datetime: iso(date), title: exact(date) }, time(date)));
}
