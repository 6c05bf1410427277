// What came of files that were sent: asked of the server, and summed up in a sentence.

import { ask } from "./asking.js";

const AT_ONCE = 5000; // names in a request, ...
const LENGTH = 500_000; // ... and characters of them
const MOST = 200; // files listed that are as they should be

const count = (n) => n.toLocaleString("zh-CN");

function* piecesOf(names) {
  let piece = [];
  let length = 0;
  for (const name of names) {
    if (piece.length >= AT_ONCE || (piece.length && length + name.length > LENGTH)) {
      yield piece;
      [piece, length] = [[], 0];
    }
    piece.push(name);
    length += name.length;
  }
  if (piece.length) yield piece;
}

// What the server says of each name, its elements for the page, and how many more of each state there are.
async function askFor(url, names) {
  const told = new Map();
  const elements = [];
  const more = { waiting: 0, failed: 0, read: 0 };
  for (const files of piecesOf(names)) {
    const headers = { "Content-Type": "application/json" };
    const found = await ask(url, { method: "POST", headers, body: JSON.stringify({ files }) });
    for (const file of found.files) told.set(file.file, file);
    const template = document.createElement("template");
    template.innerHTML = found.html; // escaped by the server
    elements.push(...template.content.querySelectorAll(".file"));
    for (const [state, n] of Object.entries(found.more)) more[state] += n;
  }
  return { told, elements, more };
}

const clean = (name) => name.replace(/\p{Surrogate}/gu, "_");

// Of items that were under way when they were stopped: those that have come whole for all that, as saved. What was
// stored before an item was on its way is another, though it has its name and size.
export async function findStored(url, items) {
  const now = performance.now(); // before the server looks at its own clock
  const { told } = await askFor(url, [...new Set(items.map(({ name }) => clean(name)))]);
  return items.filter(({ name, file, begun }) => {
    const there = told.get(clean(name));
    return there?.size === file.size && there.age * 1000 <= now - begun;
  });
}

// `now`: the files that were stored just now; the same content once more was handed over twice.
function kindOf(item, told, now) {
  if (item.state !== "saved" && item.state !== "known") return item.state;
  if (item.state === "known" && now.has(told?.file)) return "twice";
  if (told?.state === "read") return item.state === "known" ? "known" : "read"; // of an archive, some of it
  return { failed: "unread", excluded: "ignored" }[told?.state] ?? "later";
}

const WORDS = [
  ["read", "可以搜索了"],
  ["unread", "读不了"],
  ["known", "以前添加过，可以搜索"],
  ["twice", "选了两次"],
  ["later", "还没有读入"],
  ["ignored", "是隐藏文件或系统文件，跳过了"],
  ["failed", "没有保存"],
  ["stopped", "没有上传"],
];

// What is to be known of an item besides what the index made of it.
function noteOf({ state, name, saved }, now) {
  if (state === "known" && now.has(saved.file)) return name === saved.file ? "" : `与“${name}”内容相同，只存一份`;
  const other = saved.file !== name ? `“${saved.file}”` : "";
  if (state === "known") return other ? `以前添加过，名为${other}` : "以前添加过，内容相同";
  return other && `“${name}”已保存为${other}`;
}

function annotate(elements, items, now) {
  const notes = new Map();
  for (const item of items) {
    const note = noteOf(item, now);
    if (note) notes.set(item.saved.file, [...(notes.get(item.saved.file) ?? []), note]);
  }
  for (const element of elements) {
    for (const note of notes.get(element.dataset.name) ?? []) {
      const line = Object.assign(document.createElement("p"), { className: "source", textContent: note });
      element.querySelector("h3").after(line);
      element.dataset.noted = "";
    }
  }
}

function leftWords(more, shown) {
  const parts = [
    ["waiting", "个还没有读入"],
    ["failed", "个读不了"],
    ["read", "个也可以搜索了"],
  ].map(([state, words]) => [more[state] + (shown[state]?.length ?? 0), words]);
  const words = parts.filter(([n]) => n).map(([n, text]) => `${count(n)} ${text}`);
  return words.length ? `还有 ${words.join("，")}` : "";
}

// {sentence, elements, left, later}: elements of files that were not read yet, or cannot be, with why, stand first;
// `left` tells of those without any, `later` is how many were not read yet. Each item gets its `kind`, one of WORDS.
// Throws as `ask` does.
export async function sumUp(url, items) {
  const stored = items.filter(({ state }) => state === "saved" || state === "known");
  const { told, elements, more } = await askFor(url, [...new Set(stored.map(({ saved }) => saved.file))]);
  const numbers = new Map();
  let inside = 0; // files in archives that cannot be read
  const read = new Set();
  const now = new Set(items.filter(({ state }) => state === "saved").map(({ saved }) => saved.file));
  for (const item of items) {
    const found = told.get(item.saved?.file);
    const kind = (item.kind = kindOf(item, found, now));
    numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
    if (kind === "read") read.add(found);
    if (kind === "read" || kind === "known") inside += found.failed;
  }
  const reports = [...read].reduce((sum, found) => sum + found.reports, 0);
  const parts = WORDS.filter(([kind]) => numbers.get(kind)).map(([kind, words]) => {
    const how = kind === "read" ? `（${count(reports)} 篇报告）` : "";
    return `${count(numbers.get(kind))} 个${words}${how}`;
  });
  if (inside) parts.push(`压缩包里有 ${count(inside)} 个读不了`);
  annotate(elements, stored, now);
  const of = { waiting: [], failed: [], read: [] };
  for (const element of elements) of[element.dataset.state]?.push(element);
  of.read.sort((a, b) => ("noted" in b.dataset) - ("noted" in a.dataset));
  const shown = Object.values(of).flatMap((some) => some.splice(0, MOST));
  return {
    sentence: `全部 ${count(items.length)} 个：${parts.join("，")}`,
    elements: shown,
    left: leftWords(more, of),
    later: numbers.get("later") ?? 0,
  };
}
