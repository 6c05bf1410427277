// Index runs of the server: what goes on, as it changes.

const EVERY = 2000; // milliseconds

async function ask(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { Accept: "application/json", ...options.headers } });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  throw Object.assign(new Error(told.error ?? ""), { status: answer.status, told: told.error ?? "" });
}

// Ask for a run, or for its end (`url`); resolves to what goes on then. The error has the `status`, and what was
// `told` in words for the page.
export function post(url, token, fields = {}) {
  return ask(url, { method: "POST", headers: { "X-CSRFToken": token }, body: new URLSearchParams(fields) });
}

// Ask again and again, until `seen(runs)` returns true; `seen(null, status)` where there is no answer.
export async function poll(url, seen) {
  let found;
  try {
    found = [await ask(url)];
  } catch (error) {
    found = [null, error.status ?? 0];
  }
  if (!seen(...found)) setTimeout(poll, EVERY, url, seen);
}

// The same, told by the server; where it tells nothing (it does so to few at once) it is asked.
export function follow(url, events, seen) {
  const source = new EventSource(events);
  source.addEventListener("runs", ({ data }) => seen(JSON.parse(data)) && source.close());
  source.addEventListener("error", () => {
    source.close();
    poll(url, seen);
  });
}
