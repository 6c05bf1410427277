// Keys, for those who use the page all day: each is said once, with what it does, and listed by help.js.
// All of them are single characters, which who speaks to the computer or has a restless hand must be able to
// turn off (WCAG 2.1.4).

const OFF = "gaoku.keys-off";
const STEPS = new Set("jknp"); // held down, these go on; all others act once

const actions = new Map(); // key -> {action, name}
let held = ""; // the key that acted last, until another is pressed
let unstored = null; // on or off, where the browser stores nothing

// `action` returns false where it has nothing to do; then the key is the browser's.
export function onKey(key, name, action) {
  actions.set(key, { action, name });
}

// The keys of this page in the order in which they were said: [key, name] each.
export function keys() {
  return [...actions].map(([key, { name }]) => [key, name]);
}

// Read anew each time: another page of ours may have turned them off.
export function keysAreOn() {
  try {
    return unstored ?? localStorage.getItem(OFF) === null;
  } catch {
    return true;
  }
}

export function turnKeys(on) {
  unstored = on;
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
    unstored = null;
  } catch {
    // Then for as long as this page is open.
  }
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.repeat && event.key === held) return event.preventDefault(); // wherever the focus is by now
  held = "";
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  const found = keysAreOn() ? actions.get(event.key) : undefined;
  if (!found || (event.repeat && !STEPS.has(event.key))) return;
  if (!STEPS.has(event.key)) held = event.key;
  if (found.action(event) !== false) event.preventDefault();
});
