"use strict";
// Offers the addresses of feeds to copy. The page says all that it has to say without it.
{
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
