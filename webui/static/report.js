// A report: from mark to mark, where one is, copying with the source, the original file.

import { copy, endedBy, written } from "./copy.js";
import { onKey } from "./keys.js";
import { goBack, lastResults } from "./place.js";

// As findLast, which browsers of some years ago do not have.
function last(all, fits) {
  for (let n = all.length - 1; n >= 0; n -= 1) if (fits(all[n])) return all[n];
  return undefined;
}

// -- from mark to mark -------------------------------------------------------------------------------

const find = document.querySelector(".find");
const strip = document.querySelector(".strip");
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

// No entry in the history: Back leads to the results.
function lead(hash) {
  location.replace(hash);
  arrive();
}

function go(step) {
  lead("#m" + neighbour(step));
}

const ticks = [...(strip?.querySelectorAll("a") ?? [])];
const first = (tick) => Number(tick.getAttribute("href").slice(2));

function show() {
  const at = current();
  find.querySelector(".at").textContent = at ? "第 " + at + " 处，" : "";
  for (const [name, step] of [["prev", -1], ["next", 1]]) {
    const link = find.querySelector("." + name);
    if (link) link.hash = "#m" + neighbour(step);
  }
  // One tick may stand for several marks, the first of which it leads to.
  const now = at ? last(ticks, (tick) => first(tick) <= at) : undefined;
  for (const tick of ticks) tick.classList.toggle("now", tick === now);
}

function follow(event) {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  lead(link.getAttribute("href"));
}

// Beside a tick leads to the nearest: they are thin.
function nearest(event) {
  if (event.target.closest("a") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  let best = null;
  let least = Infinity;
  for (const tick of ticks) {
    const box = tick.getBoundingClientRect();
    const far = Math.abs((box.top + box.bottom) / 2 - event.clientY);
    if (far < least) [best, least] = [tick, far];
  }
  if (best) lead(best.getAttribute("href"));
}

if (find && marks.length) {
  find.addEventListener("click", follow);
  strip?.addEventListener("click", follow);
  strip?.addEventListener("click", nearest);
  window.addEventListener("hashchange", show);
  show();
  onKey("n", "下一处", () => go(1));
  onKey("p", "上一处", () => go(-1));
}

// -- where one is --------------------------------------------------------------------------------------

const article = document.querySelector(".page-report article");
const sections = [...(article?.querySelectorAll(".part") ?? [])];
const outline = document.querySelector(".outline details");
const places = new Map(); // section -> its link in the outline
for (const link of outline?.querySelectorAll("a") ?? []) places.set(document.getElementById(link.hash.slice(1)), link);

const inReach = new Set(); // the sections in the upper part of the window
const inSight = new Set(); // ... in all of it
let here = null; // the section that is read
let arrived = null; // how far down the page was when one had come to what the address names; null: not there yet
let strayed = false; // one has scrolled on since

function isAtEnd() {
  return window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 2;
}

function locate() {
  let found = last(sections, (section) => inReach.has(section)) ?? null;
  const target = location.hash ? document.getElementById(location.hash.slice(1))?.closest(".part") : null;
  // What was gone to is what is read, wherever in sight it stands, until one scrolls on.
  if (target && inSight.has(target) && !strayed) found = target;
  else if (isAtEnd() && window.scrollY > 0) found = last(sections, (section) => inSight.has(section)) ?? found;
  if (found === here) return;
  here = found;
  for (const [section, link] of places) {
    if (section === found) {
      link.setAttribute("aria-current", "location");
      keepInView(link);
    } else link.removeAttribute("aria-current");
  }
}

// Where the page stands two frames after it was told to go somewhere is where it was brought.
function arrive() {
  arrived = null;
  strayed = false;
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      arrived = window.scrollY;
      locate();
    }),
  );
}

function scrolled() {
  if (arrived !== null && Math.abs(window.scrollY - arrived) > 2) strayed = true;
  if (strayed || isAtEnd()) locate();
}

// Only the outline itself is scrolled, and only where it has a bar of its own.
function keepInView(link) {
  const frame = link.closest(".outline");
  if (frame.scrollHeight <= frame.clientHeight) return;
  const [box, around] = [link.getBoundingClientRect(), frame.getBoundingClientRect()];
  if (box.top < around.top + 48 || box.bottom > around.bottom - 48) {
    frame.scrollTop += box.top - around.top - frame.clientHeight / 3;
  }
}

function watch(seen, rootMargin) {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) seen.add(entry.target);
        else seen.delete(entry.target);
      }
      locate();
    },
    { rootMargin },
  );
  for (const section of sections) observer.observe(section);
}

if (sections.length) {
  watch(inReach, "0px 0px -75% 0px");
  watch(inSight, "0px");
  window.addEventListener("hashchange", arrive);
  window.addEventListener("scroll", scrolled, { passive: true });
  outline?.addEventListener("click", (event) => event.target.closest("a") && arrive()); // the same place again
  if (document.readyState === "complete") arrive();
  else window.addEventListener("load", arrive);
}

// On a narrow screen the outline begins folded: the text comes first. On a wide one the style sheet shows it from
// the first moment; to browsers that do not know how it is opened here.
if (outline && !window.matchMedia("(max-width: 56rem)").matches) outline.open = true;

// -- copying with the source ---------------------------------------------------------------------------

// 文字 ——《题名》（单位，年份），小标题路径，文件. What a heading ends with is not cited: a comma follows.
function withSource(copied, path = "") {
  const headings = path.split(" › ").map((heading) => heading.replace(/[。；，：、]+$/, ""));
  const source = [article.dataset.work, headings.join(" › "), article.dataset.file].filter(Boolean).join("，");
  return endedBy("——" + source, copied);
}

function copySection(section) {
  return copy(withSource(written(section), section.dataset.path));
}

// What is selected in the text: {text, range, path, box}, or null.
function selected() {
  const selection = document.getSelection();
  if (!article || !selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const text = selection.toString().replace(/\n{2,}/g, "\n").trim();
  const nodes = textNodes(range);
  const ends = [nodes[0], nodes[nodes.length - 1]];
  if (!text || !ends.every((node) => node && article.contains(node))) return null;
  const [from, to] = ends.map((node) => node.parentElement.closest(".part")?.dataset.path ?? "");
  return { text, range, path: common(from, to), box: range.getBoundingClientRect() };
}

// Those of which more than white space is in the range. Where a paragraph was chosen by three clicks, the range
// itself ends in the heading behind it.
function textNodes(range) {
  const root = range.commonAncestorContainer;
  if (root instanceof Text) return [root];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!range.intersectsNode(node)) continue;
    const start = node === range.startContainer ? range.startOffset : 0;
    const end = node === range.endContainer ? range.endOffset : node.length;
    if (node.data.slice(start, end).trim()) found.push(node);
  }
  return found;
}

// The headings above both ends.
function common(from, to) {
  const [one, other] = [from.split(" › "), to.split(" › ")];
  const differs = one.findIndex((heading, n) => heading !== other[n]);
  return one.slice(0, differs < 0 ? one.length : differs).join(" › ");
}

// Of a row alone, or of all rows of a table, the range has what is within.
function tableOf(range) {
  const within = document.createElement("div");
  const around = range.commonAncestorContainer;
  const row = around.nodeName === "TR" ? within.appendChild(document.createElement("tr")) : within;
  row.append(range.cloneContents());
  return written(within).html;
}

function copySelection() {
  const found = selected();
  return found ? copy(withSource({ text: found.text, html: tableOf(found.range) }, found.path)) : null;
}

function isSeen(section) {
  const box = section.getBoundingClientRect();
  return box.bottom > 0 && box.top < window.innerHeight;
}

// The section that has the focus, or was gone to, or is read. Looked up, not taken from what the observers
// have said: a key may be pressed before they say anything.
function inFocus() {
  const target = location.hash ? document.getElementById(location.hash.slice(1))?.closest(".part") : null;
  const near = target && isSeen(target) ? target : (here ?? sections.find(isSeen));
  return document.activeElement?.closest(".part") ?? near;
}

if (article) {
  article.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copySection(button.closest(".part"));
  });
  onKey("c", "复制所选或这一段，含出处", () => {
    if (copySelection()) return true;
    const section = inFocus();
    return section ? void copySection(section) : false;
  });

  const offer = document.createElement("button");
  offer.type = "button";
  offer.className = "offer";
  offer.textContent = "复制（含出处）";
  offer.hidden = true;
  document.body.append(offer);
  // Before the click takes the selection away.
  offer.addEventListener("pointerdown", (event) => event.preventDefault());
  let taken = ""; // what was copied is not offered again
  offer.addEventListener("click", () => {
    taken = selected()?.text ?? "";
    copySelection();
    offer.hidden = true;
  });
  let waiting = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const found = selected();
      if (!found) taken = "";
      offer.hidden = !found || found.text === taken;
      if (offer.hidden) return;
      const edge = document.documentElement.clientWidth - offer.offsetWidth - 8;
      offer.style.left = Math.max(8, Math.min(found.box.right - offer.offsetWidth, edge)) + window.scrollX + "px";
      const lowest = window.innerHeight - offer.offsetHeight - 8; // the selection may go on below the window
      offer.style.top = Math.max(8, Math.min(found.box.bottom + 8, lowest)) + window.scrollY + "px";
    }, 200);
  });
}

// -- back to the results --------------------------------------------------------------------------------

const back = document.querySelector(".page-report .back a");
if (back) {
  back.href = lastResults(back.href);
  back.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (goBack(back.href)) event.preventDefault();
  });
}

// -- the original file, the printer --------------------------------------------------------------------

const original = document.querySelector(".acts .original");
if (original) onKey("o", "原文件", () => original.click());

document.querySelector(".acts .print")?.addEventListener("click", () => window.print());
