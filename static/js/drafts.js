// Keeps what is typed as a draft on the server. Nothing rests in the browser's storage: terminals are shared.
const PAUSE = 3000; // after the last change
const LONGEST = 5000; // after the first one, while somebody goes on typing
const PATIENCE = 8000;
const RETRIES = [2000, 4000, 8000, 15000, 30000];

const NOT_CONNECTED = "Not connected: your text is still here; trying again.";
const SIGNED_OUT = "You are signed out: your text is still here. Sign in again in another tab, then go on.";
const FAILED = "This could not be saved as a draft: your text is still here; trying again.";
const LOCKED = " Your session is locked: you will be asked for your password when you save.";

class Draft {
  constructor(token) {
    this.form = token.form;
    this.address = token.dataset.keep;
    this.status = this.form.querySelector("[data-draft-status]");
    this.kept = this.text();
    this.tries = 0;
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("change", () => this.changed());
    this.form.addEventListener("submit", (event) => this.submit(event));
    addEventListener("online", () => this.keep());
    addEventListener("beforeunload", (event) => this.unsaved && event.preventDefault());
    addEventListener("pagehide", () => this.unsaved && navigator.sendBeacon(this.address, new URLSearchParams(this.text())));
    addEventListener("pageshow", () => this.stay());
  }

  // All that the form would send, but for files and passwords.
  text() {
    const secret = new Set(Array.from(this.form.querySelectorAll("[type=password]"), (field) => field.name));
    const entries = Array.from(new FormData(this.form));
    return String(new URLSearchParams(entries.filter(([name, value]) => typeof value === "string" && !secret.has(name))));
  }

  get unsaved() {
    return !this.leaving && this.text() !== this.kept;
  }

  changed() {
    this.since ??= Date.now();
    this.after(Math.max(0, Math.min(PAUSE, this.since + LONGEST - Date.now())));
  }

  after(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), wait);
  }

  // One at a time and in order, so that an older text never comes last. Resolves to whether the server can be reached.
  keep() {
    this.queue = (this.queue ?? Promise.resolve()).then(() => this.send());
    return this.queue;
  }

  async send() {
    clearTimeout(this.timer);
    const text = this.text();
    if (text === this.kept) return true;
    this.since = undefined;
    try {
      const body = new URLSearchParams(text);
      const answer = await fetch(this.address, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
      if (answer.type === "opaqueredirect") return this.again(SIGNED_OUT, false);
      if (answer.status >= 500) return this.again(FAILED, answer.status !== 503);
      this.tries = 0;
      if (answer.ok) this.kept = text;
      this.say(answer.ok ? this.done(await answer.json()) : await this.refused(answer));
      return true;
    } catch {
      return this.again(NOT_CONNECTED, false);
    }
  }

  done({ at, locked }) {
    return `Saved as a draft at ${at}.${locked ? LOCKED : ""}`;
  }

  async refused(answer) {
    return answer.status === 413 ? (await answer.json()).problem : "This page can no longer be saved as a draft.";
  }

  again(words, reachable) {
    this.say(words);
    this.after(RETRIES[Math.min(this.tries, RETRIES.length - 1)]);
    this.tries += 1;
    return reachable;
  }

  say(words) {
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  // What was typed in the last seconds is kept first: should the saving itself get lost on its way, nothing else is.
  async submit(event) {
    if (this.through) {
      this.through = false;
      return;
    }
    if (this.leaving || this.unsaved) event.preventDefault();
    if (this.leaving) return; // a double click
    const wait = this.unsaved;
    this.leaving = true;
    setTimeout(() => this.stay(), 10_000); // stopped on its way: it may be sent again
    if (!wait) return;
    document.body.inert = true;
    const reached = await this.keep();
    document.body.inert = false;
    if (!reached) {
      this.stay();
      return;
    }
    this.through = true;
    this.form.requestSubmit(event.submitter);
  }

  stay() {
    this.leaving = this.through = false;
  }
}

for (const token of document.querySelectorAll("input[name=draft_token]")) {
  new Draft(token);
}
