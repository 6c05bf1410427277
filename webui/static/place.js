// The place in the results that a report was opened from, for the way back. Kept in this tab alone.

const KEY = "gaoku.place";

function read() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY));
    return typeof found?.url === "string" ? found : null;
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

function address(url) {
  return url.split("#")[0];
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

// The address of the last results, if `url` asks the same question, with their filters and page; else `url`.
export function lastResults(url) {
  const place = read();
  const [one, other] = [new URL(url), new URL(place?.url ?? url)];
  const same = one.origin === other.origin && one.pathname === other.pathname;
  return same && one.searchParams.get("q") === other.searchParams.get("q") ? other.href : url;
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
