// A report: n and p go from mark to mark.

import { onKey } from "./keys.js";

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
  const at = current();
  find.querySelector(".at").textContent = at ? "第 " + at + " 处，" : "";
  for (const [name, step] of [["prev", -1], ["next", 1]]) {
    const link = find.querySelector("." + name);
    if (link) link.hash = "#m" + neighbour(step);
  }
}

if (find && marks.length) {
  find.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    location.replace(link.hash);
  });
  window.addEventListener("hashchange", show);
  show();
  onKey("n", "下一处", () => go(1));
  onKey("p", "上一处", () => go(-1));
}

// On a narrow screen the outline begins folded: the text comes first.
const outline = document.querySelector(".outline details");
if (outline && window.matchMedia("(max-width: 56rem)").matches) outline.open = false;
