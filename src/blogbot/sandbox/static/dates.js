// Instants in the reader's own zone and language. The sandbox may live at another time than the computer (its clock can
// be moved ahead), so "today" and "in two hours" are reckoned from the sandbox's clock, as its messages tell it.

const page = document.documentElement.lang || "en";
const locale = navigator.languages.find((tag) => tag.split("-")[0] === page.split("-")[0]) ?? page;
const DAY = 86_400;
const SLACK = 60;
const STEPS = [
  ["year", 365 * DAY],
  ["month", 30 * DAY],
  ["week", 7 * DAY],
  ["day", DAY],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

let ahead = 0;

function format(options) {
  return new Intl.DateTimeFormat(locale, options);
}

const TIME = format({ hour: "numeric", minute: "2-digit" });
const WEEKDAY = format({ weekday: "short" });
const SHORT_DATE = format({ day: "numeric", month: "short" });
const DAY_NAME = format({ weekday: "long", day: "numeric", month: "long" });
const DAY_AND_YEAR = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const EXACT = format({ dateStyle: "full", timeStyle: "long" });
const UTC = format({ dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
const MOMENT = format({ weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const RELATIVE = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

/** The sandbox's present instant, in Unix seconds. */
export function now() {
  return Date.now() / 1000 + ahead;
}

/** Learns the sandbox's clock from something that just happened at `seconds`. */
export function learn(seconds) {
  const difference = seconds - Date.now() / 1000;
  ahead = Math.abs(difference) > SLACK ? difference : 0;
}

/** How many seconds the sandbox's clock is ahead of the computer's. */
export function lead() {
  return ahead;
}

/** Whether the instant can be shown at all; a Date holds 8.64e15 milliseconds to either side. */
export function valid(seconds) {
  return Number.isFinite(seconds) && Math.abs(seconds) <= 8.64e12;
}

/** A key that two instants share if they fall on one day here. */
export function dayKey(seconds) {
  const date = new Date(seconds * 1000);
  return date.getFullYear() * 10_000 + date.getMonth() * 100 + date.getDate();
}

export const time = (seconds) => TIME.format(seconds * 1000);
export const exact = (seconds) => EXACT.format(seconds * 1000);
export const utc = (seconds) => `${UTC.format(seconds * 1000)} UTC`;
export const moment = (seconds) => MOMENT.format(seconds * 1000);
export const iso = (seconds) => new Date(seconds * 1000).toISOString();

function sameYear(seconds) {
  return new Date(seconds * 1000).getFullYear() === new Date(now() * 1000).getFullYear();
}

/** A day as a person says it; `today` and `yesterday` are the words for those. */
export function dayName(seconds, today, yesterday) {
  const key = dayKey(seconds);
  if (key === dayKey(now())) return today;
  if (key === dayKey(now() - DAY)) return yesterday;
  return (sameYear(seconds) ? DAY_NAME : DAY_AND_YEAR).format(seconds * 1000);
}

/** As little as says when: the time today, the weekday this week, else the date. */
export function brief(seconds) {
  if (dayKey(seconds) === dayKey(now())) return time(seconds);
  if (now() - seconds < 6 * DAY && seconds < now()) return WEEKDAY.format(seconds * 1000);
  return SHORT_DATE.format(seconds * 1000);
}

/** How far away an instant is: "in 2 hours", "yesterday". */
export function relative(seconds) {
  const distance = seconds - now();
  const [unit, size] = STEPS.find(([, length]) => Math.abs(distance) >= length) ?? STEPS.at(-1);
  return RELATIVE.format(Math.round(distance / size), unit);
}

/**
 * An instant in a format of the Bot API's date_time entity, `r|w?[dD]?[tT]?` (Bot API, "Date-time entity formatting"):
 * relative; weekday; short or long date; short or long time.
 */
export function formatted(seconds, pattern) {
  if (pattern === "r") return relative(seconds);
  const options = {};
  if (pattern.includes("w")) options.weekday = "long";
  if (pattern.includes("d")) Object.assign(options, { day: "2-digit", month: "2-digit", year: "2-digit" });
  if (pattern.includes("D")) Object.assign(options, { day: "numeric", month: "long", year: "numeric" });
  if (/t/i.test(pattern)) Object.assign(options, { hour: "numeric", minute: "2-digit" });
  if (pattern.includes("T")) options.second = "2-digit";
  return format(options).format(seconds * 1000);
}
