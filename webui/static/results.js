// The results: j and k go from hit to hit; Enter opens, as it does on any link. Back finds the hit again.

import { copy, endedBy, say, written } from "./copy.js";
import { onKey } from "./keys.js";
import { returned, stay } from "./place.js";

const places = [...document.querySelectorAll(".hit .place")];

function here() {
  return places.findIndex((place) => place.closest(".hit").contains(document.activeElement));
}

function focus(number) {
  const place = places[number];
  place.focus({ preventScroll: true });
  place.closest(".hit").scrollIntoView({ block: "nearest" });
}

// At the end of a page j and k go on: to the first hit of the next, the last of the one before.
const TURNED = "gaoku.turned";

function turn(step) {
  const link = document.querySelector(`.paging a[rel=${step > 0 ? "next" : "prev"}]`);
  if (!link) return false;
  try {
    sessionStorage.setItem(TURNED, JSON.stringify({ to: link.href, step }));
  } catch {
    // no storage: the page is turned, and the next key goes to its first hit
  }
  location.assign(link.href);
  return true;
}

// The hit to begin at, where the page was just turned to this one; else undefined.
function turned() {
  try {
    const { to, step } = JSON.parse(sessionStorage.getItem(TURNED)) ?? {};
    sessionStorage.removeItem(TURNED);
    if (to === location.href) return step > 0 ? 0 : places.length - 1;
  } catch {
    // no storage, or something else was kept there
  }
}

function move(step) {
  const at = here() < 0 ? last : here();
  if (at >= 0 && !places[at + step] && turn(step)) return;
  focus(Math.max(0, Math.min(at < 0 ? (step > 0 ? 0 : places.length - 1) : at + step, places.length - 1)));
}

let last = -1; // the hit that had the focus last: from elsewhere on the page, j and k go on from there

if (places.length) {
  onKey("j", "下一条", () => move(1));
  onKey("k", "上一条", () => move(-1));
  onKey("Enter", "打开", () => false); // as on any link: only said here
  document.addEventListener("focusin", () => {
    const at = here();
    if (at < 0 || at === last) return;
    last = at;
    history.replaceState({ ...history.state, hit: at }, "");
    stay(at);
  });
  const kept = returned() ?? history.state?.hit ?? turned() ?? -1;
  stay(kept);
  if (places[kept] && document.activeElement === document.body) focus(kept);
  window.addEventListener("pageshow", (event) => event.persisted && stay(last)); // other results may have been last
}

// All of a section, of which the list has a passage and the preview perhaps no more than the beginning; null where
// it is no longer there. Raises TypeError without a connection.
async function whole(section) {
  const answer = await fetch(new URL(`../preview/${encodeURIComponent(section)}?whole=1`, import.meta.url));
  if (answer.status === 404) return null;
  if (!answer.ok) throw new TypeError(answer.statusText);
  return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".text");
}

// The text that a button copies, with where it is from: {text, html}; null where it is no longer there.
async function textOf(button) {
  if (button.dataset.text) return { text: button.dataset.text };
  const pane = button.closest(".preview");
  const text = pane && !pane.querySelector(".more") ? pane.querySelector(".text") : await whole(button.dataset.section);
  return text && endedBy(text.dataset.source, written(text));
}

async function copyHit(button) {
  let done = false;
  try {
    const found = await textOf(button);
    if (found) done = await copy(found);
    else say("这一段已不在库中，重新搜索就能找到它现在的位置");
  } catch {
    say("连不上稿库，没有取到整段文字");
  }
  button.textContent = done ? "已复制" : "没有复制成";
  setTimeout(() => (button.textContent = "复制"), 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".hit .copy, .preview .copy");
  if (button) copyHit(button);
});

// Of the hit in focus; else of what is shown beside the list.
function inFocus() {
  const hit = document.activeElement?.closest(".hit");
  const pane = document.getElementById("preview");
  return (hit ?? (pane?.getClientRects().length ? pane : null))?.querySelector(".copy");
}

if (document.querySelector(".hit .copy")) {
  onKey("c", "复制这一条，含出处", () => {
    const button = inFocus();
    return button ? void copyHit(button) : false;
  });
}
