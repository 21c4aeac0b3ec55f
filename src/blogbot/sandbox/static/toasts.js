// Short words that come and go, and an alert that stays until it is read.

import { byId, make } from "./dom.js";

const SECONDS = 2.5;
const SECONDS_PER_LETTER = 0.05;
const AT_MOST = 3;

const place = byId("toasts");
const dialog = byId("alert");

byId("alert-close").addEventListener("click", () => dialog.close());

function show(text, kind) {
  const toast = make("p", { class: `toast ${kind}` }, text);
  while (place.children.length >= AT_MOST) place.firstElementChild.remove();
  place.append(toast);
  setTimeout(() => toast.remove(), (SECONDS + text.length * SECONDS_PER_LETTER) * 1000);
}

/** Says something. */
export function notify(text) {
  show(text, "plain");
}

/** Says that something went wrong. */
export function warn(text) {
  show(text, "warning");
}

/** Says something that waits for the person's OK. */
export function alertWith(text) {
  byId("alert-text").textContent = text;
  if (!dialog.open) dialog.showModal();
}
