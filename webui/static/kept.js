// Searches that this browser remembers: the last ones, and those that were kept on purpose. Nothing leaves it.

const MOST = { recent: 10, saved: 50 };

// Only addresses of this page, whoever wrote them.
function isOurs(url) {
  try {
    const there = new URL(url, location.href);
    return /^https?:$/.test(there.protocol) && there.origin === location.origin;
  } catch {
    return false;
  }
}

function isSearch(one) {
  return typeof one?.name === "string" && typeof one.url === "string" && isOurs(one.url);
}

function read(kind) {
  try {
    const found = JSON.parse(localStorage.getItem("gaoku." + kind)) ?? [];
    return found.filter(isSearch).slice(0, MOST[kind]);
  } catch {
    return []; // no storage here, or nothing of ours in it
  }
}

function write(kind, searches) {
  try {
    localStorage.setItem("gaoku." + kind, JSON.stringify(searches.slice(0, MOST[kind])));
    return true;
  } catch {
    return false; // a browser that may keep nothing, or no more: the page works without
  }
}

// `kind` is "recent" or "saved"; each search is {name, url}, the newest first.
export function searches(kind) {
  return read(kind);
}

// Whether it is kept now.
export function keep(kind, search) {
  return write(kind, [search, ...read(kind).filter((one) => one.url !== search.url)]);
}

// Whether it is gone now.
export function drop(kind, url) {
  return write(kind, read(kind).filter((one) => one.url !== url));
}

export function isKept(kind, url) {
  return read(kind).some((one) => one.url === url);
}
