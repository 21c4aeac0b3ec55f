// Building the page's nodes. Text is only ever set as text: no string becomes markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties, data- and aria- attributes, and children (nodes or strings; null is left out). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** One of the icons that stand in the page. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** The element with this id, which the template has. */
export function byId(id) {
  return document.getElementById(id);
}

/** Puts exactly these nodes into a parent, in order, moving as few as it can. */
export function arrange(parent, nodes) {
  let cursor = parent.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
  while (cursor) {
    const next = cursor.nextSibling;
    cursor.remove();
    cursor = next;
  }
}

/** A function that runs `work` once, soon, however often it is called; in a page out of sight too. */
export function soon(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    const run = () => {
      waiting = false;
      work();
    };
    if (document.hidden) setTimeout(run, 100);
    else requestAnimationFrame(run);
  };
}

/** The letters that stand for a name. */
export function initials(name) {
  const letters = name.split(/\s+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  return letters.slice(0, 2).map((word) => [...word][0].toLocaleUpperCase()).join("") || "?";
}

/** One of the eight colours of people, always the same for an id. */
export function hue(id) {
  return Math.abs(id) % 8;
}
