"use strict";
// Counts down to events. Pages say all that they have to say without it.
{
  const language = document.documentElement.lang;
  const relative = new Intl.RelativeTimeFormat(language);
  const LONG = [["week", 7, 61], ["month", 30, 730], ["year", 365, Infinity]];

  // As the server rounds (i18n.py), so that a page says the same before and after this script has come.
  const until = minutes => {
    const hours = Math.floor((minutes + 5) / 60), days = Math.floor((minutes + 60) / 1440);
    if (hours < 2 && minutes !== 60) return relative.format(minutes, "minute");
    if (hours < 48 && hours !== 24) return relative.format(hours, "hour");
    if (days < 14) return relative.format(days, "day");
    const [unit, length] = LONG.find(([, , most]) => days < most);
    return relative.format(Math.floor(days / length), unit);
  };

  const show = element => {
    const present = Date.now(), {from, to, on, over, now} = element.dataset;
    const minutes = Math.round((Date.parse(from) - present) / 60000);
    const words = present >= Date.parse(to) ? over : present >= Date.parse(from) ? on : minutes ? until(minutes) : now;
    if (element.textContent !== words) element.textContent = words;
  };

  const countdowns = document.querySelectorAll(".countdown[data-from]");
  const showAll = () => countdowns.forEach(show);
  if (countdowns.length) {
    showAll();
    setInterval(showAll, 1000);
  }
}
