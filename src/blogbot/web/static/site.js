"use strict";
// Counts down to events, and offers addresses to copy. Pages say all that they have to say without it.
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

  const SVG = "http://www.w3.org/2000/svg";
  const icon = path => {
    const svg = document.createElementNS(SVG, "svg"), line = document.createElementNS(SVG, "path");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  };
  const SHEETS = "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3", TICK = "M3 8.5l3.5 3.5L13 4.5";

  const copyButton = (link, words, copied, status) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = words;
    button.setAttribute("aria-label", `${words}: ${link.getAttribute("aria-label") || link.textContent}`);
    button.append(icon(SHEETS));
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(link.href);
      } catch {
        return; // a browser that does not allow it; the address is there to be copied by hand
      }
      status.textContent = copied;
      button.replaceChildren(icon(TICK));
      setTimeout(() => {
        status.textContent = "";
        button.replaceChildren(icon(SHEETS));
      }, 2000);
    });
    return button;
  };

  for (const part of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
    const status = document.createElement("p");
    status.className = "toast";
    status.setAttribute("role", "status");
    part.append(status);
    part.querySelectorAll(".by-hand").forEach(words => words.remove());
    for (const link of part.querySelectorAll(".links a[type]"))
      link.after(copyButton(link, part.dataset.copy, part.dataset.copied, status));
  }
}
