// What the page does beyond links and forms. Everything works without it.

import { onKey } from "./keys.js";
import "./results.js";
import "./preview.js";
import "./histogram.js";
import "./filters.js";
import "./suggest.js";
import "./mine.js";
import "./help.js";
import "./report.js";
import "./compare.js";

document.documentElement.classList.add("scripted");

const box = document.getElementById("q");

onKey("/", "搜索", () => {
  if (!box) return false;
  box.focus();
  box.select();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  if (document.activeElement !== box) return;
  event.preventDefault(); // a search field would forget what was typed
  box.blur();
});
