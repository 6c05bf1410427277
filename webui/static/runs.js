// Index runs of the server: what goes on, as it changes.

import { ask } from "./asking.js";

const EVERY = 2000; // milliseconds
const LONGEST = 32_000; // the same, where again and again nothing is answered

// Ask for a run, or for its end (`url`); resolves to what goes on then.
export function post(url, fields = {}) {
  return ask(url, { method: "POST", body: new URLSearchParams(fields) });
}

const shown = () =>
  new Promise((resolve) => {
    if (!document.hidden) resolve();
    else document.addEventListener("visibilitychange", resolve, { once: true });
  });

// Ask again and again while the page is looked at (`always`: also while it is not), until `seen(runs)` returns true;
// `seen(null, status)` where there is no answer.
export async function poll(url, seen, { always = false } = {}) {
  let wait = EVERY;
  for (;;) {
    let found;
    try {
      found = [await ask(url)];
      wait = EVERY;
    } catch (error) {
      found = [null, error.status ?? 0];
      wait = Math.min(wait * 2, LONGEST);
    }
    if (seen(...found)) return;
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (!always) await shown();
  }
}

// The same, told by the server; where it tells nothing (it does so to few at once) it is asked.
export function follow(url, events, seen) {
  const source = new EventSource(events);
  source.addEventListener("runs", ({ data }) => seen(JSON.parse(data)) && source.close());
  source.addEventListener("error", () => {
    source.close();
    poll(url, seen, { always: true });
  });
}
