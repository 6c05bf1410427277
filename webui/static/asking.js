// What a page asks of the server besides itself, with the token of its session.

const PATIENCE = 120_000; // milliseconds

const meta = document.querySelector("meta[name=csrf-token]");

export const token = () => meta.content;

// The page's token is of one session: after another log-in there is another. Resolves to whether it is.
export async function renewToken() {
  const old = token();
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  meta.content = page.querySelector("meta[name=csrf-token]")?.content ?? old;
  return token() !== old;
}

// Whether the server answers; one in front of it that answers in its place does not count.
export function isThere() {
  return fetch(location.pathname, { method: "HEAD", cache: "no-store" }).then(
    ({ status }) => status < 500,
    () => false,
  );
}

async function once(url, options) {
  const headers = { Accept: "application/json", ...options.headers };
  if (options.method) headers["X-CSRFToken"] = token();
  const answer = await fetch(url, { ...options, headers, signal: AbortSignal.timeout?.(PATIENCE) });
  const told = await answer.json().catch(() => null);
  if (answer.ok && told) return told;
  throw Object.assign(new Error(answer.statusText), { status: answer.status, told: told?.error ?? "" });
}

// Ask for JSON. The error has the `status` (0 or undefined where nothing was answered), and what was `told` in words
// for the page. Where the token was of a session that is over, it is asked again with that of the new one.
export async function ask(url, options = {}) {
  try {
    return await once(url, options);
  } catch (error) {
    if (error.status !== 400 || !options.method || !(await renewToken())) throw error;
    return once(url, options);
  }
}
