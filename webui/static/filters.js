// The filters where they are folded: what is opened leaves no entry in the history and is shut by Esc or beside it.

const filters = document.getElementById("filters");
const narrow = window.matchMedia("(max-width: 36rem)"); // there all of them are one sheet over the page

function open() {
  const there = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  return filters && there && (there === filters || filters.contains(there)) ? there : null;
}

// What the sheet covers is out of reach while it is there.
function settle() {
  const covered = narrow.matches && open() === filters;
  for (let part = filters; part !== document.body; part = part.parentElement)
    for (const beside of part.parentElement.children)
      if (beside !== part && !beside.matches("[role=status], dialog")) beside.inert = covered;
}

// A new fragment leaves the state of the entry behind: which hit one was at.
function replace(hash) {
  const { state } = history;
  location.replace(hash);
  history.replaceState(state, "");
}

function unfold(link) {
  replace(link.hash);
  settle();
  if (open() === filters) filters.querySelector("a").focus();
}

// Nothing is the target then, and the address is as it was before; the page stays where it is.
function fold() {
  const opener = document.querySelector(`a[href="${location.hash}"]`);
  replace("#-");
  history.replaceState(history.state, "", location.pathname + location.search);
  settle();
  return opener;
}

if (filters) {
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest(".groupbar a, .filters .shut, .sheethead a, .tofilters");
    if (link) {
      event.preventDefault();
      if (link.hash === "#main" || location.hash === link.hash) fold()?.focus({ preventScroll: true });
      else unfold(link);
    } else if (open() && open() !== filters && !open().contains(event.target)) fold();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || event.target.closest("dialog") || !open()) return;
    fold()?.focus({ preventScroll: true });
  });
  narrow.addEventListener("change", settle);
  window.addEventListener("hashchange", settle);
  settle();
}
