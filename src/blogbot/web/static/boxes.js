// Fills the empty boxes "Tags", "Related articles" and "Next upcoming event" of a page; what holds anything stays as it is.
(() => {
  const script = document.currentScript;
  if (!script) return;
  const api = new URL(script.src.replace(/(static\/)?[^/]*$/, "api/"));
  const names = {
    tags: "tags|tags assigned to this article",
    related: "related articles|related blog articles|related posts",
    next: "next upcoming event|next event|upcoming event",
  };
  const HEADS = "h1,h2,h3,h4,h5,h6,[role=heading]";
  const text = (node) => node.textContent.replace(/\s+/g, " ").trim();
  const plain = (said) => said.trim().replace(/\s*:$/, "").toLowerCase();
  const rank = (node) => +node.nodeName[1] || 3;
  const empty = (node) => {
    if (node.nodeType === 8 || /^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/.test(node.nodeName)) return true;
    const full = "img,svg,video,iframe,input,button";
    return !text(node) && !node.matches?.(full) && !node.querySelector?.(full);
  };
  const boxes = new Map(); // by heading or marked element: what it is to hold

  function find() {
    for (const box of document.querySelectorAll("[data-blogbot]")) boxes.set(box, box.dataset.blogbot);
    for (const kinds of [HEADS, "p,strong,b"])
      for (const node of document.querySelectorAll(kinds)) {
        const said = plain(text(node));
        const kind = said && Object.keys(names).find((kind) => names[kind].split("|").some((name) => plain(name) === said));
        if (kind && ![...boxes.keys()].some((box) => box.contains(node))) boxes.set(node, kind);
      }
  }

  // Whether the next box, or another part of the page, begins there.
  function ends(node, head) {
    if (!node.matches) return false;
    const first = node.matches(HEADS) ? node : node.querySelector(HEADS);
    const heads = first && rank(first) <= rank(head) ? [first, ...boxes.keys()] : [...boxes.keys()];
    return node.matches("main,footer") || heads.some((each) => node.contains(each) && text(node).startsWith(text(each)));
  }

  // How to write there; nothing where something stands.
  function place(box) {
    if (box.dataset.blogbot) {
      const head = box.querySelector(HEADS);
      return (empty(box) || (head && text(head) === text(box))) && [box, "append", head];
    }
    for (let node = box; ; node = node.parentElement) {
      for (let next = node.nextSibling; next; next = next.nextSibling) {
        if (!empty(next)) return ends(next, box) && [box, "after", box];
        if (/^[UO]L$/.test(next.nodeName)) return [next, "append", box];
      }
      // What stands beside a wrapper of the heading alone may be the box.
      const around = node.parentElement;
      if (!around.matches("div,header,p,span") || text(around) !== text(box)) return [box, "after", box];
    }
  }

  function make(name, said, more) {
    const node = document.createElement(name);
    node.append(...[said].flat());
    return Object.assign(node, more);
  }

  function link(item) {
    const { protocol, href } = new URL(item.url, api);
    const safe = item.url && /^https?:$/.test(protocol);
    return make(safe ? "a" : "span", item.title || item.name, safe ? { href, dir: "auto" } : { dir: "auto" });
  }

  function when({ starts, all_day, timezone }) {
    const day = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
    const clock = all_day ? { timeZone: "UTC" } : { timeZone: timezone, hour: "numeric", minute: "2-digit", timeZoneName: "short" };
    const language = document.documentElement.lang.replace("_", "-") || undefined;
    const format = new Intl.DateTimeFormat(language, { ...day, ...clock });
    return make("time", format.format(new Date(starts)), { dateTime: starts });
  }

  function write(box, kind, found) {
    const [host, how, head] = place(box) || [];
    if (!host) return;
    const listed = /^[UO]L$/.test(host.nodeName);
    let nodes;
    if (kind === "next") {
      const where = found.location ? `, ${found.location}` : "";
      nodes = [make(listed ? "li" : "p", [link(found), " ", when(found), where])];
    } else nodes = found.map((item) => make("li", link(item)));
    if (kind !== "next" && !listed) {
      nodes = [make("ul", nodes, { role: "list" })]; // a list also where a style takes its bullets away
      if (head) nodes[0].ariaLabel = text(head);
    }
    host[how](...nodes);
    if (box.dataset.blogbot) box.hidden = false;
  }

  async function ask(kind) {
    const canonical = document.querySelector("link[rel=canonical]")?.href;
    for (const page of kind === "next" ? [""] : new Set([canonical || location.href, location.href])) {
      const url = new URL(page ? `${kind}?url=${encodeURIComponent(page)}` : kind, api);
      const answer = await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(9000) });
      if (answer.ok) return answer.json();
    }
  }

  async function fill() {
    for (const kind in names) names[kind] += `|${script.dataset[kind] || ""}`;
    find();
    const kinds = Object.keys(names).filter((kind) => [...boxes].some(([box, each]) => each === kind && place(box)));
    const answers = await Promise.all(kinds.map((kind) => ask(kind).catch(() => {})));
    requestAnimationFrame(() => {
      for (const [box, kind] of boxes) {
        const found = answers[kinds.indexOf(kind)];
        try {
          if (found && found.length !== 0) write(box, kind, found);
        } catch {} // an answer of another shape, or a language that is none: the box stays empty
      }
    });
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", fill);
  else fill();
})();
