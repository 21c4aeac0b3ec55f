// Fills the empty boxes "Tags", "Related articles" and "Next upcoming event" of a page; what holds anything stays as it is.
(() => {
  const { src, dataset } = document.currentScript || {};
  if (!src) return;
  const api = src.replace(/(static\/)?[^/]*$/, "api/"),
    names = {
      tags: "tags|tags assigned to this article",
      related: "related articles|related blog articles|related posts",
      next: "next upcoming event|next event|upcoming event",
    },
    HEADS = "h1,h2,h3,h4,h5,h6,[role=heading]",
    FULL = "img,svg,video,iframe,input,button,[aria-busy]",
    boxes = new Map(), // by heading or marked element: what it is to hold
    text = node => node.textContent.replace(/\s+/g, " ").trim(),
    plain = said => said.trim().replace(/\s*:$/, "").toLowerCase(),
    rank = node => +node.nodeName[1] || 3,
    listed = node => /^[UO]L$/.test(node.nodeName),
    first = (node, what) => node.matches?.(what) ? node : node.querySelector?.(what),
    empty = node => /^(#comment|SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/.test(node.nodeName) || !(text(node) || first(node, FULL));

  function find() {
    for (const heads of ["[data-blogbot]", HEADS, "p,strong,b"])
      for (const node of document.querySelectorAll(heads)) {
        const said = plain(text(node)),
          called = kind => said && [names[kind], dataset[kind]].join("|").split("|").map(plain).includes(said),
          // What leads elsewhere, or belongs to a field, is no heading.
          kind = node.dataset.blogbot || (!node.closest("nav,a,button,label,summary") && Object.keys(names).find(called));
        if (kind && ![...boxes.keys()].some(box => box.contains(node))) boxes.set(node, kind);
      }
  }

  // Whether the next box, or another part of the page, begins there.
  function ends(node, head) {
    const opens = each => node.contains(each) && (boxes.has(each) || rank(each) <= rank(head)) && text(node).startsWith(text(each));
    return node.matches?.("main,footer") || [first(node, HEADS), ...boxes.keys()].some(opens);
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
      const around = node.parentElement, beside = around.nextElementSibling, alone = text(around) === text(box);
      if (around.matches("dt,th,td")) return alone && beside?.matches("dd,td") && empty(beside) && [beside, "append"];
      if (!alone || !around.matches("div,header,p,span")) return [box, "after"];
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
    const format = Intl.DateTimeFormat(document.documentElement.lang.replace("_", "-") || [], {
      weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: all_day ? "UTC" : timezone,
      ...(!all_day && { hour: "numeric", minute: "2-digit", timeZoneName: "short" }),
    });
    return make("time", [format.format(new Date(starts))], { dateTime: starts });
  }

  // Writes what was found; of what is still asked for, the room. Gives back the first that was written.
  function write(box, found) {
    const [host, how, head = box] = place(box) || [];
    if (!host) return;
    const items = found
      ? found.map(item => make("li", [link(item)]))
      : [make(listed(host) ? "li" : "p", [], { ariaBusy: true, style: "min-height:3lh" })];
    // With its role it is a list also where a style takes its bullets away.
    host[how](...(!found || listed(host) ? items : [make("ul", items, { role: "list", ariaLabel: head && text(head) })]));
    return items[0];
  }

  async function ask(kind) {
    const { href } = document.querySelector("link[rel=canonical][href]") || location;
    for (const page of new Set([href, location.href])) {
      const query = kind === "next" ? "" : "?quiet&url=" + encodeURIComponent(page),
        answer = await fetch(api + kind + query, { signal: AbortSignal.timeout(9000) });
      if (answer.status === 200) return answer.json();
    }
  }

  async function fill() {
    find();
    const open = [...boxes].filter(([box, kind]) => names[kind] && place(box)),
      // The event gets its room at once, so that what is read beneath it stays where it is.
      rooms = open.map(([box, kind]) => kind === "next" && write(box)),
      answers = await Promise.all(open.map(([, kind]) => ask(kind).catch(() => {})));
    requestAnimationFrame(() =>
      open.forEach(([box], at) => {
        const found = answers[at], room = rooms[at];
        try {
          if (room) {
            room.append(link(found), " ", when(found), found.location ? `, ${found.location}` : "");
            room.ariaBusy = null;
          } else if (found.length) write(box, found);
          else return;
          if (box.dataset.blogbot) box.hidden = false;
        } catch { // no answer, one of another shape, or a language that is none: the box stays empty
          if (room) room.remove();
        }
      }),
    );
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", fill);
  else fill();
})();
