// The years: drag over the bars, or Shift and the arrow keys, choose from when to when; a click takes one year.

import { comeBackTo } from "./refocus.js";

function choose(chart, first, last) {
  const form = chart.querySelector("form");
  form.elements.from.value = Math.min(first, last);
  form.elements.to.value = Math.max(first, last);
  form.requestSubmit();
}

function wire(chart) {
  const bars = [...chart.querySelectorAll(".bars a")];
  const told = chart.querySelector(".range");
  const year = (number) => bars[number].dataset.year;
  let from = -1; // where a stretch begins; -1: none is being chosen
  let to = -1;
  let dragged = false;

  function tell() {
    const [low, high] = from < to ? [from, to] : [to, from];
    bars.forEach((bar, number) => bar.classList.toggle("chosen", from >= 0 && low <= number && number <= high));
    told.textContent = from < 0 || from === to ? "" : `${year(low)}—${year(high)}`;
  }

  function stop() {
    from = to = -1;
    tell();
  }

  function under(event) {
    const box = chart.querySelector(".bars").getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * bars.length);
    return Math.max(0, Math.min(at, bars.length - 1));
  }

  // One stop for the Tab key; the arrows go from bar to bar.
  const current = bars.findIndex((bar) => bar.hasAttribute("aria-current"));
  bars.forEach((bar, number) => bar.setAttribute("tabindex", number === Math.max(current, 0) ? "0" : "-1"));

  chart.querySelector(".bars").addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = to = under(event);
    dragged = false;
  });
  window.addEventListener("pointermove", (event) => {
    if (from < 0 || !event.buttons) return;
    to = under(event);
    dragged ||= to !== from;
    tell();
  });
  window.addEventListener("pointerup", () => {
    const [first, last] = [from, to];
    if (first >= 0 && first !== last) choose(chart, year(first), year(last));
    stop();
  });
  window.addEventListener("pointercancel", stop);
  chart.addEventListener("dragstart", (event) => event.preventDefault());
  chart.querySelector(".bars").addEventListener("click", (event) => {
    if (dragged) event.preventDefault(); // the end of a stretch is no click on a year
    dragged = false;
  });

  const form = chart.querySelector("form");
  form?.addEventListener("submit", () => form.contains(document.activeElement) && comeBackTo(chart));

  chart.querySelector(".bars").addEventListener("keydown", (event) => {
    const here = bars.indexOf(document.activeElement);
    const last = bars.length - 1;
    const there = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[event.key];
    if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (there !== undefined) {
      event.preventDefault();
      if (!bars[there]) return;
      if (!event.shiftKey) stop();
      else {
        if (from < 0) from = here;
        to = there;
        tell();
      }
      bars[here].setAttribute("tabindex", "-1");
      bars[there].setAttribute("tabindex", "0");
      bars[there].focus();
    } else if (event.key === "Enter" && from >= 0 && from !== to) {
      event.preventDefault();
      if (event.repeat) return;
      comeBackTo(chart);
      choose(chart, year(from), year(to));
    } else if (event.key === "Escape" && from >= 0) {
      event.stopPropagation();
      stop();
    }
  });
}

document.querySelectorAll(".years").forEach(wire);
