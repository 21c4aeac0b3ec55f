// Fills the empty boxes "Tags", "Related articles" and "Next upcoming event" of a page; what holds anything stays as it is.
(() => {
  const script = document.currentScript;
  if (!script) return;
  const api = script.src.replace(/(static\/)?[^/]*$/, "api/");
  const names = {
    tags: "tags|tags assigned to this article",
    related: "related articles|related blog articles|related posts",
    next: "next upcoming event|next event|upcoming event",
  };
  const kinds = Object.keys(names);
  const HEADS = "h1,h2,h3,h4,h5,h6,[role=heading]";
  const FULL = "img,svg,video,iframe,input,button,[aria-busy]";
  const boxes = new Map(); // by heading or marked element: what it is to hold

  const text = (node) => node.textContent.replace(/\s+/g, " ").trim();
  const plain = (said) => said.trim().replace(/\s*:$/, "").toLowerCase();
  const rank = (node) => +node.nodeName[1] || 3;
  const listed = (node) => /^[UO]L$/.test(node.nodeName);
  const empty = (node) =>
    /^(#comment|SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/.test(node.nodeName) ||
    !(text(node) || node.matches?.(FULL) || node.querySelector?.(FULL));

  function find() {
    for (const box of document.querySelectorAll("[data-blogbot]")) boxes.set(box, box.dataset.blogbot);
    for (const heads of [HEADS, "p,strong,b"])
      for (const node of document.querySelectorAll(heads)) {
        const said = plain(text(node));
        const kind = said && kinds.find((kind) => `${names[kind]}|${script.dataset[kind]}`.split("|").map(plain).includes(said));
        // What leads elsewhere, or belongs to a field, is no heading.
        if (kind && !node.closest("nav,a,button,label,summary") && ![...boxes.keys()].some((box) => box.contains(node))) boxes.set(node, kind);
      }
  }

  // Whether the next box, or another part of the page, begins there.
  function ends(node, head) {
    if (!node.matches) return;
    const heads = [...boxes.keys()], first = node.matches(HEADS) ? node : node.querySelector(HEADS);
    if (first && rank(first) <= rank(head)) heads.push(first);
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
        if (!empty(next)) return ends(next, box) && [box, "after"];
        if (listed(next)) return [next, "append"];
      }
      // What stands beside a wrapper of the heading alone may be the box.
      const around = node.parentElement, beside = around.nextElementSibling;
      if (around.matches("dt,th,td")) return text(around) === text(box) && beside?.matches("dd,td") && empty(beside) && [beside, "append"];
      if (!around.matches("div,header,p,span") || text(around) !== text(box)) return [box, "after"];
    }
  }

  function make(name, said, more) {
    const node = document.createElement(name);
    node.append(...said);
    return Object.assign(node, more);
  }

  function link({ url, title, name }) {
    const { href } = new URL(url, api), safe = url && /^https?:/.test(href);
    return make(safe ? "a" : "span", [title || name], { dir: "auto", ...(safe && { href }) });
  }

  function when({ starts, all_day, timezone }) {
    const day = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
    const clock = all_day ? { timeZone: "UTC" } : { timeZone: timezone, hour: "numeric", minute: "2-digit", timeZoneName: "short" };
    const { lang } = document.documentElement;
    const format = new Intl.DateTimeFormat(lang.replace("_", "-") || [], { ...day, ...clock });
    return make("time", [format.format(new Date(starts))], { dateTime: starts });
  }

  function list(box, found) {
    const [host, how, head = box] = place(box) || [];
    if (!host) return;
    const items = found.map((item) => make("li", [link(item)]));
    // With its role it is a list also where a style takes its bullets away.
    host[how](...(listed(host) ? items : [make("ul", items, { role: "list", ariaLabel: head && text(head) })]));
  }

  async function ask(kind) {
    const { href } = document.querySelector("link[rel=canonical][href]") || location;
    for (const page of new Set([href, location.href])) {
      const query = kind === "next" ? "" : "?quiet&url=" + encodeURIComponent(page);
      const answer = await fetch(api + kind + query, { credentials: "omit", signal: AbortSignal.timeout(9000) });
      if (answer.status === 200) return answer.json();
    }
  }

  async function fill() {
    find();
    const open = [...boxes].filter(([box, kind]) => names[kind] && place(box));
    // The event gets its room at once, so that what is read beneath it stays where it is.
    for (const each of open)
      if (each[1] === "next") {
        const [host, how] = place(each[0]);
        each[2] = make(listed(host) ? "li" : "p", [], { ariaBusy: true, style: "min-height:3lh" });
        host[how](each[2]);
      }
    const answers = await Promise.all(kinds.map((kind) => open.some(([, each]) => each === kind) && ask(kind).catch(() => {})));
    requestAnimationFrame(() => {
      for (const [box, kind, room] of open) {
        const found = answers[kinds.indexOf(kind)];
        try {
          if (!room) {
            if (!found.length) continue;
            list(box, found);
          } else {
            room.append(link(found), " ", when(found), found.location ? `, ${found.location}` : "");
            room.ariaBusy = null;
          }
          if (box.dataset.blogbot) box.hidden = false;
        } catch { // no answer, one of another shape, or a language that is none: the box stays empty
          room?.remove();
        }
      }
    });
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", fill);
  else fill();
})();
