// What the page asks of the sandbox: the person's side of its HTTP contract, and nothing else.

import { say } from "./words.js";

const TIMEOUT = 30_000;

/** Rejects with an Error whose message is for the person: the sandbox refused, or could not be reached. */
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
    throw new Error(say("unreachable"));
  }
  if (!response.ok) throw new Error(answer.error ?? say("unreachable"));
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
