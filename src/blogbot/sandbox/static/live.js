// The line to the sandbox: server-sent events while they flow, questions every few seconds while they do not. It knows
// what arrives by name only; what it means is for others.

const EVENTS = ["chat", "message", "edited", "deleted", "toast", "action", "commands", "bots"];
const SILENCE = 45_000; // the sandbox pings every 15 seconds
const GRACE = 1_500;
const PAUSE = 2_000;

export class Live {
  /**
   * `hear(name, content)` takes each event; `catchUp()` fetches all that may have been missed and rejects if it cannot;
   * `show(lost)` says whether the sandbox is out of reach.
   */
  constructor({ hear, catchUp, show }) {
    this.hear = hear;
    this.catchUp = catchUp;
    this.show = show;
    this.source = null;
    this.flowing = false;
    this.watch = 0;
    this.poll = 0;
  }

  start() {
    this.source?.close();
    const source = (this.source = new EventSource("events"));
    for (const name of EVENTS) {
      this.#on(source, name, (event) => this.hear(name, JSON.parse(event.data)));
    }
    this.#on(source, "ping", () => {});
    for (const name of ["hello", "reset"]) this.#on(source, name, () => this.#begin());
    source.addEventListener("error", () => this.#broken());
    this.#heard();
  }

  #on(source, name, act) {
    source.addEventListener(name, (event) => {
      if (source !== this.source) return;
      this.#heard();
      act(event);
    });
  }

  #heard() {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => {
      this.#broken();
      this.start();
    }, SILENCE);
  }

  /** Events flow. What happened before them is asked for, then the next are heard. */
  async #begin() {
    this.flowing = true;
    clearTimeout(this.poll);
    this.poll = 0;
    try {
      await this.catchUp();
      this.show(false);
    } catch {
      this.#broken();
    }
  }

  /** The browser opens the line again by itself, unless it was refused; meanwhile the page asks. */
  #broken() {
    this.flowing = false;
    if (!this.poll) this.poll = setTimeout(() => this.#ask(), GRACE);
  }

  async #ask() {
    let lost = false;
    try {
      await this.catchUp();
    } catch {
      lost = true;
    }
    if (this.flowing) return;
    this.show(lost);
    if (!lost && this.source.readyState === EventSource.OPEN) {
      this.flowing = true;
      this.poll = 0;
      return;
    }
    if (this.source.readyState === EventSource.CLOSED) this.start();
    this.poll = setTimeout(() => this.#ask(), PAUSE);
  }
}
