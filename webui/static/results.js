// The results: j and k go from hit to hit; Enter opens, as it does on any link.

import { onKey } from "./keys.js";

const places = [...document.querySelectorAll(".hit .place")];

function move(step) {
  const here = places.findIndex((place) => place.closest(".hit").contains(document.activeElement));
  const there = here < 0 ? (step > 0 ? 0 : places.length - 1) : here + step;
  const place = places[Math.max(0, Math.min(there, places.length - 1))];
  place.focus({ preventScroll: true });
  place.closest(".hit").scrollIntoView({ block: "nearest" });
}

if (places.length) {
  onKey("j", "下一条", () => move(1));
  onKey("k", "上一条", () => move(-1));
}
