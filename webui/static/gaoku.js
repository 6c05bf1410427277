// What the page does beyond links and forms. Everything works without it.

import { onKey } from "./keys.js";
import "./results.js";
import "./preview.js";
import "./refocus.js";
import "./histogram.js";
import "./filters.js";
import "./suggest.js";
import "./mine.js";
import "./help.js";
import "./report.js";
import "./compare.js";
import "./astray.js";

document.documentElement.classList.add("scripted");

const box = document.getElementById("q");

onKey("/", "搜索", () => {
  if (!box) return false;
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length); // to go on with what was asked
  box.scrollLeft = box.scrollWidth;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const field = document.activeElement;
  if (field !== box && !field?.matches("input[type=search]")) return;
  event.preventDefault(); // a search field would forget what was typed
  field.blur();
});
