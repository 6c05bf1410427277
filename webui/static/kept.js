// Searches that this browser remembers: the last ones, and those that were kept on purpose. Nothing leaves it.

const MOST = { recent: 10, saved: 50 };

function read(kind) {
  try {
    const found = JSON.parse(localStorage.getItem("gaoku." + kind)) ?? [];
    // Only addresses of this page, whoever wrote them.
    return found.filter((one) => typeof one?.name === "string" && /^\/(?!\/)/.test(one.url)).slice(0, MOST[kind]);
  } catch {
    return []; // no storage here, or nothing of ours in it
  }
}

function write(kind, searches) {
  try {
    localStorage.setItem("gaoku." + kind, JSON.stringify(searches.slice(0, MOST[kind])));
  } catch {
    // A browser that may keep nothing: the page works without.
  }
}

// `kind` is "recent" or "saved"; each search is {name, url}, the newest first.
export function searches(kind) {
  return read(kind);
}

export function keep(kind, search) {
  write(kind, [search, ...read(kind).filter((one) => one.url !== search.url)]);
}

export function drop(kind, url) {
  write(kind, read(kind).filter((one) => one.url !== url));
}

export function isKept(kind, url) {
  return read(kind).some((one) => one.url === url);
}
