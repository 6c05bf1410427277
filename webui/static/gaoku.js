// Keys, for those who use the page all day. Everything works without this file.
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("scripted");

  // -- the search page: j and k go from hit to hit; Enter opens, as it does on any link --------------

  const places = [...document.querySelectorAll(".hit .place")];

  function move(step) {
    const here = places.findIndex((place) => place.closest(".hit").contains(document.activeElement));
    const there = here < 0 ? (step > 0 ? 0 : places.length - 1) : here + step;
    const place = places[Math.max(0, Math.min(there, places.length - 1))];
    place.focus({ preventScroll: true });
    place.closest(".hit").scrollIntoView({ block: "nearest" });
  }

  // -- the report page: n and p go from mark to mark ------------------------------------------------

  const find = document.querySelector(".find");
  const marks = [...document.querySelectorAll("mark[id]")];

  // The number of the mark in the address, or 0.
  function current() {
    const match = /^#m(\d+)$/.exec(location.hash);
    return match && Number(match[1]) <= marks.length ? Number(match[1]) : 0;
  }

  // How many marks stand before the section in the address.
  function before() {
    const section = location.hash ? document.getElementById(location.hash.slice(1)) : null;
    if (!section) return 0;
    let count = 0;
    for (const mark of marks) {
      if (!(mark.compareDocumentPosition(section) & Node.DOCUMENT_POSITION_FOLLOWING) || section.contains(mark)) break;
      count += 1;
    }
    return count;
  }

  function neighbour(step) {
    const at = current();
    const from = at || (step > 0 ? before() : before() + 1);
    return ((from - 1 + step + marks.length) % marks.length) + 1;
  }

  function go(step) {
    location.replace("#m" + neighbour(step)); // no entry in the history: Back leads to the results
  }

  function show() {
    if (!find || !marks.length) return;
    const at = current();
    find.querySelector(".at").textContent = at ? "第 " + at + " 处，" : "";
    for (const [name, step] of [["prev", -1], ["next", 1]]) {
      const link = find.querySelector("." + name);
      if (link) link.hash = "#m" + neighbour(step);
    }
  }

  if (find) {
    find.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      location.replace(link.hash);
    });
    window.addEventListener("hashchange", show);
    show();
  }

  // On a narrow screen the outline begins folded: the text comes first.
  const outline = document.querySelector(".outline details");
  if (outline && window.matchMedia("(max-width: 56rem)").matches) outline.open = false;

  // -- keys ----------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.getElementById("q");
    if (event.key === "Escape") {
      if (document.activeElement === box) box.blur();
      else if (location.hash === "#filters") location.replace("#main");
      return;
    }
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "/" && box) {
      box.focus();
      box.select();
    } else if ((event.key === "j" || event.key === "k") && places.length) {
      move(event.key === "j" ? 1 : -1);
    } else if ((event.key === "n" || event.key === "p") && marks.length) {
      go(event.key === "n" ? 1 : -1);
    } else {
      return;
    }
    event.preventDefault();
  });
})();
