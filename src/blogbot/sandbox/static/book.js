// What the page knows: the chats, the messages that were fetched, the bots, and what was read. It draws nothing; it
// says "chats", "messages" (of one chat) and "bots" to whoever listens.

import * as api from "./api.js";
import { learn, now } from "./dates.js";
import { say } from "./words.js";

const PAGE = 200;
const MANY = 1000;
const TYPING_SECONDS = 5;
const READ_KEY = "blogbot.read";
// Fixed ids, so that two pages that open at once make the same chats.
const YOU = 100_001;
const OTHER = 100_002;
const GROUP = -4_000_001;

function remembered() {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(READ_KEY) ?? "[]"));
  } catch {
    return new Map();
  }
}

/** A person's whole name. */
export function fullName(person) {
  return [person.first_name, person.last_name].filter(Boolean).join(" ");
}

/** A chat: the sandbox's summary of it, and the messages behind the id `from`, once somebody looked at it. */
class Chat {
  constructor(summary, read) {
    this.from = 0;
    this.messages = null;
    this.loading = null;
    this.later = [];
    this.read = read;
    this.typingUntil = 0;
    this.draft = "";
    this.persona = null;
    this.update(summary);
  }

  update(summary) {
    Object.assign(this, summary);
    this.last_message = summary.last_message;
    this.read = Math.min(this.read, this.last_message_id);
  }

  get unread() {
    return Math.max(0, this.last_message_id - this.read);
  }

  get isPrivate() {
    return this.type === "private";
  }

  get away() {
    return this.standing !== "member";
  }

  /** The messages in order. */
  list() {
    return [...(this.messages?.values() ?? [])].sort((a, b) => a.message_id - b.message_id);
  }
}

export class Book extends EventTarget {
  constructor() {
    super();
    this.chats = new Map();
    this.bots = [];
    this.loaded = false;
    this.reads = remembered();
    this.typing = 0;
  }

  #tell(name, chat = null) {
    this.dispatchEvent(new CustomEvent(name, { detail: chat }));
  }

  // People and bots

  /** The people whom the page can act as: those of the first private chats. */
  get people() {
    return [...this.chats.values()].filter((chat) => chat.isPrivate).slice(0, 8).map((chat) => chat.owner);
  }

  /** Whom the page acts as in a chat. */
  actor(chat) {
    if (chat.isPrivate) return chat.owner;
    const people = this.people;
    const wanted = chat.persona ?? chat.owner.id;
    return people.find((person) => person.id === wanted) ?? people[0] ?? chat.owner;
  }

  /** A chat's name: the title, or the person's, with "(you)" behind the first one's. */
  title(chat) {
    if (!chat.isPrivate) return chat.title;
    const name = fullName(chat.owner);
    return chat.id === this.people[0]?.id ? say("you", { name }) : name;
  }

  get bot() {
    return this.bots[0] ?? null;
  }

  get botName() {
    return this.bot?.first_name ?? say("bot");
  }

  // Catching up

  /** Fetches everything that may have changed. Rejects if the sandbox cannot be reached. */
  async catchUp() {
    let [list, bots] = await Promise.all([api.chats(), api.bots()]);
    if (!list.length) list = await this.#firstChats();
    this.bots = bots;
    const there = new Set(list.map((summary) => summary.id));
    for (const id of this.chats.keys()) if (!there.has(id)) this.chats.delete(id);
    for (const summary of list) this.#put(summary);
    this.loaded = true;
    const open = [...this.chats.values()].filter((chat) => chat.messages);
    await Promise.all(open.map((chat) => this.fetch(chat)));
    this.#tell("bots");
    this.#tell("chats");
  }

  async #firstChats() {
    const language_code = document.documentElement.lang;
    const person = (id, name) => ({ type: "private", id, title: name, language_code });
    const you = { id: YOU, first_name: say("first_person") };
    return [
      await api.newChat(person(YOU, say("first_person"))),
      await api.newChat(person(OTHER, say("second_person"))),
      await api.newChat({ type: "group", id: GROUP, title: say("group"), user: you }),
    ];
  }

  #put(summary) {
    const known = this.chats.get(summary.id);
    if (known) {
      known.update(summary);
      return known;
    }
    const read = this.reads.get(summary.id) ?? (this.loaded ? 0 : summary.last_message_id);
    const chat = new Chat(summary, read);
    this.chats.set(summary.id, chat);
    return chat;
  }

  /** Fetches a chat's messages (the newest, at first), as they are now. */
  async fetch(chat) {
    if (!chat.messages) chat.from = Math.max(0, chat.last_message_id - PAGE);
    if (chat.last_message_id < chat.from) chat.from = 0; // the sandbox began anew
    chat.loading ??= this.#fill(chat).finally(() => (chat.loading = null));
    await chat.loading;
  }

  async #fill(chat) {
    chat.later = [];
    const list = await api.messages(chat.id, chat.from);
    chat.messages = new Map(list.map((message) => [message.message_id, message]));
    for (const change of chat.later) change();
    if (chat.last_message && now() < chat.last_message.date) learn(chat.last_message.date);
    this.#tell("messages", chat);
  }

  /** Fetches what was said before the first message known. */
  async fetchEarlier(chat) {
    if (!chat.from || chat.loading) return;
    chat.from = Math.max(0, chat.from - PAGE);
    await this.fetch(chat);
  }

  // What happens

  /** Takes one event of the sandbox. */
  hear(name, content) {
    if (name === "chat") return this.#summary(content);
    if (name === "bots" || name === "commands") return void this.refreshBots();
    const chat = this.chats.get(content.chat_id);
    if (!chat) return this.#unknown();
    if (name === "message") this.receive(chat, content.message);
    else if (name === "edited") this.#edit(chat, content.message);
    else if (name === "deleted") this.#delete(chat, content.message_id);
    else if (name === "action") this.#act(chat);
  }

  async refreshBots() {
    this.bots = await api.bots().catch(() => this.bots);
    this.#tell("bots");
  }

  #summary(summary) {
    this.#put(summary);
    this.#tell("chats");
    if (this.chats.get(summary.id).messages) this.#tell("messages", this.chats.get(summary.id));
  }

  /** A chat that was not listed: one more, unless there are too many to list. */
  #unknown() {
    if (this.chats.size >= MANY || this.asking) return;
    this.asking = setTimeout(() => {
      this.asking = 0;
      this.catchUp().catch(() => {});
    }, 500);
  }

  #change(chat, work) {
    const apply = () => chat.messages && work(chat.messages);
    if (chat.loading) chat.later.push(apply);
    apply();
  }

  /** A message that was just sent, whoever told of it. */
  receive(chat, message) {
    const id = message.message_id;
    learn(message.date);
    this.#change(chat, (messages) => messages.set(id, message));
    if (id > chat.last_message_id) {
      const byPerson = message.from && !message.from.is_bot;
      if (byPerson && !chat.unread) chat.read = id;
      if (!byPerson) chat.typingUntil = 0;
      chat.last_message_id = id;
      chat.last_message = message;
      chat.started = true;
    }
    this.#tell("messages", chat);
    this.#tell("chats");
  }

  #edit(chat, message) {
    this.#change(chat, (messages) => messages.has(message.message_id) && messages.set(message.message_id, message));
    if (chat.last_message?.message_id === message.message_id) chat.last_message = message;
    this.#tell("messages", chat);
    this.#tell("chats");
  }

  #delete(chat, id) {
    this.#change(chat, (messages) => messages.delete(id));
    if (chat.last_message?.message_id === id) chat.last_message = chat.list().at(-1) ?? null;
    this.#tell("messages", chat);
    this.#tell("chats");
  }

  #act(chat) {
    chat.typingUntil = Date.now() + TYPING_SECONDS * 1000;
    this.#tell("chats");
    this.#tell("messages", chat);
    setTimeout(() => {
      this.#tell("chats");
      this.#tell("messages", chat);
    }, TYPING_SECONDS * 1000 + 50);
  }

  isTyping(chat) {
    return chat.typingUntil > Date.now();
  }

  /** Everything in the chat has been seen. */
  markRead(chat) {
    if (!chat.unread && this.reads.get(chat.id) === chat.read) return;
    chat.read = chat.last_message_id;
    this.reads.set(chat.id, chat.read);
    try {
      sessionStorage.setItem(READ_KEY, JSON.stringify([...this.reads]));
    } catch {
      // Then it is forgotten with the page.
    }
    this.#tell("chats");
  }

  // What the person does

  /** Writes in a chat as the one whom the page acts as there. */
  async write(chat, text) {
    const { id, first_name } = this.actor(chat);
    const message = await api.write(chat.id, chat.isPrivate ? { text } : { text, user: { id, first_name } });
    this.receive(chat, message);
  }

  /** Blocks or unblocks, kicks or brings back the bot. */
  async stand(chat, act) {
    this.#summary(await api.standing(chat.id, act));
  }
}
