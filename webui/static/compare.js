// Two texts side by side: n and p go from difference to difference. And the first of two that were picked to be
// compared is remembered until the second is picked; a bar at the bottom says so.

import { onKey } from "./keys.js";

const KEY = "gaoku.first";
const page = new URL("../compare", import.meta.url); // beside static/, wherever the server stands

// -- the first of two ------------------------------------------------------------------------------

function first() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    return kept && typeof kept.id === "string" && typeof kept.title === "string" ? kept : null;
  } catch {
    return null; // no storage, or something else was kept there
  }
}

function keep(picked) {
  try {
    if (picked) sessionStorage.setItem(KEY, JSON.stringify(picked));
    else sessionStorage.removeItem(KEY);
    return true;
  } catch {
    return false;
  }
}

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

function words(picked) {
  return ["已选：", element("bdi", "traytitle", "《" + picked.title + "》"), "。再点另一条的“对比”。"];
}

let tray = null;
const told = element("p", "unseen"); // is there from the start: else nobody is told of what changes in it
told.setAttribute("role", "status");
document.body.append(told);

function mark() {
  const picked = first();
  for (const pick of document.querySelectorAll(".pick[data-id]")) {
    const chosen = picked !== null && pick.dataset.id === picked.id;
    pick.classList.toggle("picked", chosen);
    if (pick.tagName === "BUTTON") pick.setAttribute("aria-pressed", String(chosen));
  }
}

// Where the focus is to go when the tray with its buttons is no more.
function release(id) {
  const pick = [...document.querySelectorAll(`.pick[data-id="${CSS.escape(id)}"]`)].find((one) => one.checkVisibility());
  const place = pick ?? document.getElementById("main");
  if (place && !pick) place.tabIndex = -1;
  place?.focus({ preventScroll: true });
}

function show() {
  const picked = first();
  mark();
  document.documentElement.classList.toggle("picking", picked !== null);
  if (tray) tray.remove();
  tray = null;
  if (!picked) return;
  tray = element("div", "tray");
  tray.setAttribute("role", "region");
  tray.setAttribute("aria-label", "对比");
  const line = element("p");
  line.append(...words(picked));
  const choose = element("a", "", "看相近的");
  const address = new URL(page);
  address.searchParams.set("a", picked.id);
  choose.href = address;
  const cancel = element("button", "", "取消");
  cancel.type = "button";
  cancel.addEventListener("click", () => {
    keep(null);
    show();
    told.textContent = "不再对比";
    release(picked.id);
  });
  tray.append(line, choose, cancel);
  document.body.append(tray);
}

document.addEventListener("click", (event) => {
  const pick = event.target.closest(".pick[data-id]");
  if (!pick || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const picked = first();
  const { id, title, year } = pick.dataset;
  if (picked && picked.id !== id) {
    event.preventDefault();
    keep(null);
    const address = new URL(page);
    const later = Number(picked.year) > Number(year); // false where either is not known
    address.searchParams.set("a", later ? id : picked.id); // the older stands on the left
    address.searchParams.set("b", later ? picked.id : id);
    if (later) address.searchParams.set("first", "b");
    location.assign(address);
    return;
  }
  const kept = keep(picked ? null : { id, title: title || "", year });
  if (!kept && pick.href) return; // nothing can be kept: the link leads to a page to choose on
  event.preventDefault();
  show();
  told.replaceChildren(...(picked ? ["不再对比"] : words({ id, title: title || "" })));
});

window.addEventListener("pageshow", show); // also when Back brings a page as it was left
show();
const pane = document.getElementById("preview");
if (pane) new MutationObserver(mark).observe(pane, { childList: true });

// -- the differences ---------------------------------------------------------------------------------

const steps = document.querySelector(".steps");
const count = steps ? Number(steps.dataset.stops) : 0;

// The number of the difference in the address, or 0.
function current() {
  const match = /^#d(\d+)b?$/.exec(location.hash);
  return match && Number(match[1]) <= count ? Number(match[1]) : 0;
}

function neighbour(step) {
  const at = current() || (step > 0 ? 0 : 1);
  return ((at - 1 + step + count) % count) + 1;
}

function where() {
  const at = current();
  steps.querySelector(".at").textContent = at ? "第 " + at + " 处，共 " + count + " 处" : "";
  steps.querySelector(".prev").hash = "#d" + neighbour(-1);
  steps.querySelector(".next").hash = "#d" + neighbour(1);
  const there = at && document.getElementById(location.hash.slice(1));
  for (const old of document.querySelectorAll(".compare .current")) old.classList.remove("current");
  if (there) there.closest(".row").classList.add("current");
}

function go(step) {
  location.replace("#d" + neighbour(step)); // no entry in the history: Back leads to where one came from
}

if (steps && count) {
  steps.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    location.replace(link.hash);
  });
  window.addEventListener("hashchange", where);
  where();
  onKey("n", "下一处不同", () => go(1));
  onKey("p", "上一处不同", () => go(-1));
}
