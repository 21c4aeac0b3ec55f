"use strict";
// Counts down to events. Pages say all that they have to say without it.
{
  const language = document.documentElement.lang;
  const relative = new Intl.RelativeTimeFormat(language);
  const MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

  // As the server rounds: towards now, so that nobody comes late. Weeks and more stay as it wrote them.
  const until = seconds => {
    if (seconds < 2 * MINUTE) return relative.format(Math.max(1, Math.floor(seconds)), "second");
    if (seconds < 2 * HOUR) return relative.format(Math.floor(seconds / MINUTE), "minute");
    if (seconds < 2 * DAY) return relative.format(Math.floor(seconds / HOUR), "hour");
    if (seconds < 14 * DAY) return relative.format(Math.floor(seconds / DAY), "day");
    return null;
  };

  const show = element => {
    const now = Date.now(), {from, to, on, over} = element.dataset;
    const words = now >= Date.parse(to) ? over : now >= Date.parse(from) ? on : until((Date.parse(from) - now) / 1000);
    if (words && element.textContent !== words) element.textContent = words;
  };

  const countdowns = document.querySelectorAll(".countdown[data-from]");
  const showAll = () => countdowns.forEach(show);
  if (countdowns.length) {
    showAll();
    setInterval(showAll, 1000);
  }
}
