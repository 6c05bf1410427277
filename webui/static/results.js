// The results: j and k go from hit to hit; Enter opens, as it does on any link. Back finds the hit again.

import { copy, say } from "./copy.js";
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

// All of a section of which the preview shows the beginning. Raises TypeError without a connection.
async function whole(section) {
  const answer = await fetch(new URL(`../preview/${encodeURIComponent(section)}?whole=1`, import.meta.url));
  if (!answer.ok) throw new TypeError(answer.statusText);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// The passages of a hit, the text of a section; and where it is from.
document.addEventListener("click", async (event) => {
  const button = event.target.closest(".hit .copy, .preview .copy");
  if (!button) return;
  const around = button.closest(".hit, .preview");
  let done = false;
  try {
    const cut = around.matches(".preview") && around.querySelector(".more");
    const from = cut ? await whole(around.querySelector(".pick").dataset.id) : around;
    const texts = [...from.querySelectorAll(".passage, .text > *")].map((part) => part.textContent);
    done = await copy([...texts, button.dataset.source].join("\n"));
  } catch {
    say("连不上稿库，没有取到整段文字");
  }
  const name = "复制";
  button.textContent = done === false ? "没有复制成" : "已复制";
  setTimeout(() => (button.textContent = name), 2000);
});
