// Keys, for those who use the page all day: each is said once, with what it does, and listed by help.js.

const actions = new Map(); // key -> {action, name}

// `action` returns false where it has nothing to do; then the key is the browser's.
export function onKey(key, name, action) {
  actions.set(key, { action, name });
}

// The keys of this page in the order in which they were said: [key, name] each.
export function keys() {
  return [...actions].map(([key, { name }]) => [key, name]);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  const found = actions.get(event.key);
  if (found && found.action(event) !== false) event.preventDefault();
});
