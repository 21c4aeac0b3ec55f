// What the page asks of the sandbox: the person's side of its HTTP contract, and nothing else.

import { say } from "./words.js";

const TIMEOUT = 30_000;

/** The sandbox refused (status above 0), or could not be reached (status 0). The message is for the person. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function ask(method, path, body) {
  const options = { method, signal: AbortSignal.timeout(TIMEOUT) };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let response;
  let answer;
  try {
    response = await fetch(path, options);
    answer = await response.json();
  } catch {
    throw new Refused(say("unreachable"), response ? response.status : 0);
  }
  if (!response.ok) throw new Refused(answer.error ?? say("unreachable"), response.status);
  return answer;
}

export const chats = () => ask("GET", "chats");
export const bots = () => ask("GET", "bots");
export const newChat = (chat) => ask("POST", "chats", chat);
export const messages = (chat, after) => ask("GET", `chats/${chat}/messages?after=${after}`);
export const write = (chat, message) => ask("POST", `chats/${chat}/messages`, message);
export const tap = (chat, body) => ask("POST", `chats/${chat}/taps`, body);
export const toasts = (chat, after) => ask("GET", `chats/${chat}/toasts?after=${after}`);
export const commands = (chat, user, language) =>
  ask("GET", `chats/${chat}/commands?user=${user}&language=${encodeURIComponent(language)}`);
export const standing = (chat, act) => ask("POST", `chats/${chat}/${act}`);
export const skip = () => ask("POST", "skip");

/** Where a file that a bot sent is to be had. */
export const file = (id) => `files/${encodeURIComponent(id)}`;
