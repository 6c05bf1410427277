// The place in the results that a report was opened from, for the way back. Kept in this tab alone.

const KEY = "gaoku.place";

function read() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY));
    return found && { ...found, url: address(found.url) };
  } catch {
    return null; // no storage here, or nothing of ours in it
  }
}

function write(place) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(place));
  } catch {
    // A browser that may keep nothing: the link leads to the top of the results.
  }
}

// Without the fragment, and the question as the server reads it. Raises TypeError where it is none.
function address(url) {
  const found = new URL(url);
  found.hash = "";
  const q = found.searchParams.get("q");
  if (q !== null) found.searchParams.set("q", q.trim());
  return found.href;
}

// The hit that one is at, counted from 0; -1: none yet.
export function stay(hit) {
  write({ url: address(location.href), hit });
}

// The hit to go on from where these results were asked for by the link that leads back; else null.
export function returned() {
  const place = read();
  return place?.coming && place.url === address(location.href) ? place.hit : null;
}

// The address of the last results, if `url` asks the same question, with their filters and page; else `url`. In a
// tab of its own they are what it was opened from.
export function lastResults(url) {
  const one = new URL(address(url));
  for (const last of [read()?.url, document.referrer]) {
    if (!last) continue;
    const other = new URL(address(last));
    const same = one.origin === other.origin && one.pathname === other.pathname;
    if (same && one.searchParams.get("q") === other.searchParams.get("q")) return other.href;
  }
  return url;
}

// Go back in the history where those results stand in it (true); else they are told that one is coming.
export function goBack(url) {
  const { navigation } = window; // some browsers do not say what the history holds
  const now = navigation?.currentEntry?.index ?? 0;
  const before = (navigation?.entries() ?? []).slice(0, now).reverse();
  const entry = before.find((one) => one.url && address(one.url) === address(url));
  if (entry) {
    history.go(entry.index - now);
    return true;
  }
  const place = read();
  if (place?.url === address(url)) write({ ...place, coming: true });
  return false;
}
