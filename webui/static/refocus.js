// Where the focus goes on the page that comes after a filter was chosen by keys: back to where it was chosen.

const KEPT = "gaoku.focus"; // in the storage of this tab: {group, name} of the link; no name: a year of the chart

function keepPlace(place) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(place));
  } catch {
    // No storage: the page begins at its beginning, as every page does.
  }
}

function takePlace() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    return kept;
  } catch {
    return null;
  }
}

const nameOf = (link) => link.firstElementChild?.textContent ?? link.textContent;

function groups() {
  return [...document.querySelectorAll(".filters .group")];
}

function find({ group, name }) {
  const there = groups()[group];
  if (name === undefined) return there?.querySelector(".bars a[aria-current]") ?? there?.querySelector(".bars a");
  return [...(there?.querySelectorAll("li a") ?? [])].find((link) => nameOf(link) === name);
}

function isSeen(element) {
  return Boolean(element?.getClientRects().length);
}

// The next page begins at the chosen year of this chart.
export function comeBackTo(chart) {
  keepPlace({ group: groups().indexOf(chart.closest(".group")) });
}

document.addEventListener("click", (event) => {
  // Enter on a link is a click without a button (detail 0).
  if (event.detail || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest(".filters .bars a, .filters li a, .chips a");
  if (!link) return;
  const group = groups().indexOf(link.closest(".group"));
  keepPlace(link.closest("li") ? { group, name: nameOf(link) } : { group });
});

const place = takePlace();
if (place && document.activeElement === document.body) {
  const others = [".chips a", ".filters li a", ".groupbar a", ".tofilters"];
  [find(place), ...others.map((links) => document.querySelector(links))].find(isSeen)?.focus();
}
