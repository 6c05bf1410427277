// The filters where they are folded: what is opened leaves no entry in the history and is shut by Esc or beside it.

const filters = document.getElementById("filters");

function open() {
  const there = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  return filters && there && (there === filters || filters.contains(there)) ? there : null;
}

if (filters) {
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest(".groupbar a, .filters .shut, .sheethead a, .tofilters");
    if (link) {
      event.preventDefault();
      location.replace(location.hash === link.hash ? "#main" : link.hash);
    } else if (open() && open() !== filters && !open().contains(event.target)) location.replace("#main");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || !open()) return;
    const link = document.querySelector(`a[href="${location.hash}"]`);
    location.replace("#main");
    if (link) link.focus();
  });
}
