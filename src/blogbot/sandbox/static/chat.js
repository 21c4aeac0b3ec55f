// The chat page: puts its parts together and lets each know what it must. The open chat stands in the address, so that
// the browser's own back button leads from a conversation to the list on a narrow screen.

import * as api from "./api.js";
import { Book, fullName } from "./book.js";
import { Composer } from "./composer.js";
import { lead, learn, moment, now } from "./dates.js";
import { byId, soon } from "./dom.js";
import { reveal, toggleQuote } from "./entities.js";
import { copy, Taps } from "./keyboard.js";
import { Live } from "./live.js";
import { Roster } from "./roster.js";
import { Thread } from "./thread.js";
import { notify, warn } from "./toasts.js";
import { say } from "./words.js";

const NAME = document.title;
const WORTH_SAYING = 120;
const narrow = matchMedia("(max-width: 720px)");
const finePointer = matchMedia("(pointer: fine)");

const book = new Book();
const taps = new Taps((chat, message) => thread.refresh(chat, message));
const thread = new Thread(book, taps, {
  seen: () => drawSoon(),
  earlier: () => book.fetchEarlier(open).catch(() => {}),
});
const composer = new Composer(book, {
  sent: () => thread.toEnd(),
  acting: () => drawSoon(),
});
const roster = new Roster(book);
const drawSoon = soon(draw);
let open = null;

// Drawing

function draw() {
  const chat = open;
  if (chat && thread.atEnd && !document.hidden && visible()) book.markRead(chat);
  roster.draw(chat);
  if (chat) drawTalk(chat);
  byId("empty").hidden = Boolean(chat);
  for (const id of ["talk-bar", "foot"]) byId(id).hidden = !chat;
  const unread = [...book.chats.values()].reduce((sum, one) => sum + one.unread, 0);
  document.title = unread ? `(${unread}) ${NAME}` : NAME;
}

function drawTalk(chat) {
  drawHeading(chat);
  const messages = chat.list();
  const empty = Boolean(chat.messages) && !messages.length;
  byId("welcome").hidden = !empty;
  if (empty) drawWelcome();
  thread.draw();
  composer.drawReplies(messages);
  drawEnd(chat);
  drawStanding(chat);
  drawClock();
}

function drawHeading(chat) {
  byId("talk-name").textContent = chat.isPrivate ? book.botName : chat.title;
  byId("talk-sign").querySelector("use").setAttribute("href", chat.isPrivate ? "#icon-bot" : "#icon-group");
  const name = fullName(book.actor(chat));
  const place = say(chat.isPrivate ? "as" : "in_group", { bot: book.botName, name });
  byId("talk-state").textContent = book.isTyping(chat) ? say("typing") : place;
  byId("talk-state").classList.toggle("typing", book.isTyping(chat));
}

function drawWelcome() {
  byId("welcome-name").textContent = book.botName;
  byId("welcome-text").textContent = book.bot?.description || say("nothing_said", { bot: book.botName });
}

function drawEnd(chat) {
  byId("to-end").hidden = thread.atEnd || !chat.messages?.size;
  const count = byId("to-end-count");
  count.hidden = !chat.unread;
  count.textContent = chat.unread;
}

function drawStanding(chat) {
  const act = chat.isPrivate ? (chat.away ? "unblock" : "block") : chat.away ? "join" : "kick";
  byId("standing").textContent = say(act);
  byId("standing").dataset.act = act;
  byId("return").textContent = say(act);
  byId("return").hidden = !chat.away;
  byId("composer").hidden = chat.away;
}

function drawClock() {
  const clock = byId("demo-clock");
  clock.hidden = lead() < WORTH_SAYING;
  const text = clock.hidden ? "" : say("demo_clock", { when: moment(now()) });
  if (clock.textContent !== text) clock.textContent = text;
}

function visible() {
  return !narrow.matches || document.body.dataset.screen === "chat";
}

// Which chat is open

function chosen() {
  return book.chats.get(Number(location.hash.slice(1)));
}

function newest() {
  const chats = [...book.chats.values()];
  return chats.toSorted((a, b) => (b.last_message?.date ?? 0) - (a.last_message?.date ?? 0))[0];
}

function follow() {
  const chat = chosen() ?? (narrow.matches ? null : newest());
  document.body.dataset.screen = chosen() ? "chat" : "list";
  if (chat && chat !== open) show(chat);
  drawSoon();
}

function show(chat) {
  open = chat;
  thread.open(chat);
  composer.open(chat);
  closeMenu();
  if (chat.messages) drawSoon();
  else book.fetch(chat).catch((error) => warn(say("failed", { reason: error.message })));
}

addEventListener("hashchange", () => {
  follow();
  if (!chosen()) byId("roster").querySelector("[aria-current]")?.focus();
  else if (finePointer.matches && !narrow.matches) composer.focus();
  else byId("talk-name").focus({ preventScroll: true });
});
narrow.addEventListener("change", follow);
setInterval(drawSoon, 60_000); // "today", "in 2 hours" and the demo's clock go on
document.addEventListener("visibilitychange", drawSoon);

byId("back").addEventListener("click", () => (location.hash = ""));
byId("skip-link").addEventListener("click", (event) => {
  event.preventDefault(); // the address names the open chat, nothing else
  composer.focus();
});

// What the person does in the conversation

const ACTS = [
  ["[data-tap]", (button) => tapOn(button)],
  ["[data-copy]", (button) => copy(button.dataset.copy)],
  ["[data-unable]", () => warn(say("no_button"))],
  ["[data-send]", (button) => composer.write(button.dataset.send)],
  ["[data-goto]", (button) => thread.goTo(Number(button.dataset.goto))],
  [".spoiler:not(.revealed)", reveal],
  [".quote-toggle", toggleQuote],
];

function tapOn(button) {
  const message = Number(button.closest("[data-id]").dataset.id);
  const { id, first_name } = book.actor(open);
  taps.tap(open.id, message, button.dataset.tap, open.isPrivate ? undefined : { id, first_name });
}

/** What a link to the bot itself asks for: the parameter behind /start, or null where the link leads elsewhere. */
function startParameter(address) {
  const url = new URL(address);
  const telegram = url.protocol === "tg:" ? url.host === "resolve" : ["t.me", "telegram.me"].includes(url.host);
  const name = url.protocol === "tg:" ? url.searchParams.get("domain") : url.pathname.slice(1);
  const known = book.bots.some((bot) => bot.username.toLowerCase() === name?.toLowerCase());
  return telegram && known ? (url.searchParams.get("start") ?? "") : null;
}

function followLink(event, link) {
  const parameter = startParameter(link.dataset.address);
  if (parameter === null) return;
  event.preventDefault();
  const home = book.chats.get(book.actor(open).id);
  if (home && home !== open) {
    location.hash = home.id;
    follow();
  }
  composer.write(`/start ${parameter}`.trim());
}

document.addEventListener("click", (event) => {
  if (!open) return;
  const link = event.target.closest("a[data-address]");
  if (link) return followLink(event, link);
  for (const [selector, act] of ACTS) {
    const element = event.target.closest(selector);
    if (element) return act(element);
  }
});

byId("thread").addEventListener("keydown", (event) => {
  const spoiler = event.target.closest(".spoiler:not(.revealed)");
  if (!spoiler || ![" ", "Enter"].includes(event.key)) return;
  event.preventDefault();
  reveal(spoiler);
});

byId("start").addEventListener("click", () => {
  composer.write("/start");
  composer.focus();
});
byId("to-end").addEventListener("click", () => {
  thread.toEnd(true);
  composer.focus();
});

// The menu

function closeMenu() {
  byId("menu").hidden = true;
  byId("more").setAttribute("aria-expanded", "false");
}

async function changeStanding() {
  closeMenu();
  try {
    await book.stand(open, byId("standing").dataset.act);
  } catch (error) {
    warn(say("failed", { reason: error.message }));
  }
}

byId("more").addEventListener("click", () => {
  const menu = byId("menu");
  menu.hidden = !menu.hidden;
  byId("more").setAttribute("aria-expanded", String(!menu.hidden));
  if (!menu.hidden) byId("standing").focus();
});
byId("standing").addEventListener("click", changeStanding);
byId("return").addEventListener("click", changeStanding);
byId("talk-bar").addEventListener("focusout", (event) => {
  if (!byId("menu").contains(event.relatedTarget) && event.relatedTarget !== byId("more")) closeMenu();
});

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || byId("alert").open) return;
  if (!byId("menu").hidden) {
    closeMenu();
    byId("more").focus();
  } else if (narrow.matches && chosen()) location.hash = "";
});

// The demo's clock

async function skip(button) {
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    const answer = await api.skip();
    const instant = Date.parse(answer.now) / 1000;
    if (instant) learn(instant);
    notify(answer.text);
  } catch (error) {
    warn(say("failed", { reason: error.message }));
  }
  button.disabled = false;
  button.removeAttribute("aria-busy");
  drawSoon();
}

byId("skip")?.addEventListener("click", (event) => skip(event.currentTarget));

// The line to the sandbox

function hear(name, content) {
  if (name === "toast") taps.hear(content.toast);
  else book.hear(name, content);
}

async function catchUp() {
  await book.catchUp();
  await taps.catchUp();
  if (open && book.chats.get(open.id) !== open) open = null; // it is gone, or the sandbox began anew
  follow();
}

book.addEventListener("chats", drawSoon);
book.addEventListener("messages", ({ detail }) => detail === open && drawSoon());
book.addEventListener("bots", () => {
  composer.learn();
  drawSoon();
});

new Live({
  hear,
  catchUp,
  show: (lost) => (byId("lost").textContent = lost ? say("lost") : ""),
}).start();
