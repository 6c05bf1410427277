// The results: j and k go from hit to hit; Enter opens, as it does on any link. Back finds the hit again.

import { copy } from "./copy.js";
import { onKey } from "./keys.js";

const places = [...document.querySelectorAll(".hit .place")];

function here() {
  return places.findIndex((place) => place.closest(".hit").contains(document.activeElement));
}

function focus(number) {
  const place = places[number];
  place.focus({ preventScroll: true });
  place.closest(".hit").scrollIntoView({ block: "nearest" });
}

function move(step) {
  const at = here() < 0 ? last : here();
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
  });
  const kept = history.state?.hit;
  if (Number.isInteger(kept) && kept < places.length && document.activeElement === document.body) focus(kept);
}

// The text that is shown, and where it is from.
document.addEventListener("click", async (event) => {
  const button = event.target.closest(".hit .copy, .preview .copy");
  if (!button) return;
  const around = button.closest(".hit, .preview");
  const texts = [...around.querySelectorAll(".passage, .text > *")].map((part) => part.textContent);
  const done = await copy([...texts, button.dataset.source].join("\n"));
  const name = "复制";
  button.textContent = done === false ? "没有复制成" : "已复制";
  setTimeout(() => (button.textContent = name), 2000);
});
