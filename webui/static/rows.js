// The list of files on their way: a row each. Of thousands only those are drawn that matter now.

import { wasLost } from "./sending.js";

const MOST = 200; // rows, and as many of those that failed
const BEFORE = 10; // of them in front of the first one that is under way
const SETTLED = new Set(["saved", "known", "ignored", "failed", "stopped"]);

const UNITS = ["字节", "KB", "MB", "GB"];

const count = (n) => n.toLocaleString("zh-CN");

// Bytes in a unit that suits `most` of them: "4.2"; with the unit: "4.2 MB".
export function amount(bytes, most = bytes) {
  const step = Math.min(Math.floor(Math.log2(Math.max(most, 1)) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** step;
  return { value: step && value < 10 ? value.toFixed(1) : count(Math.round(value)), unit: UNITS[step] };
}

export function size(bytes) {
  const { value, unit } = amount(bytes);
  return `${value} ${unit}`;
}

// Of what was stored: where, and what the index makes of it. All of a run's files can be searched for when it ends.
function storedAs({ name, saved, asked, kind }) {
  const words = { read: "可以搜索了", unread: "读不了" }[kind] ?? (asked && "读入中");
  const other = saved.file && saved.file !== name && `已保存为“${saved.file}”`;
  return [other, words].filter(Boolean).join("，") || "已保存";
}

function stateOf(item) {
  const { state, sent, file, note, reason, doubtful } = item;
  const percent = file.size ? Math.floor((sent / file.size) * 100) : 0;
  switch (state) {
    case "waiting": return note || (doubtful ? "等待，多半读不了" : "等待");
    case "sending": return `上传中 ${percent}%`;
    case "storing": return "保存中";
    case "saved": return storedAs(item);
    case "known": return "以前添加过";
    case "ignored": return "跳过：隐藏文件或系统文件";
    case "stopped": return "已停止，没有上传";
    default: return `没有保存：${reason}`;
  }
}

function makeRow(item) {
  const row = document.createElement("li");
  const name = document.createElement("bdi");
  const bytes = document.createElement("span");
  const state = document.createElement("span");
  name.textContent = name.title = item.name;
  bytes.className = "n";
  bytes.textContent = item.file.size === null ? "" : size(item.file.size);
  state.className = "state";
  row.append(name, bytes, state);
  return row;
}

const hasFailed = ({ state }) => state === "failed";

// Which of the items are drawn: all of a few; of many the first that failed, and those round the first under way.
function chosenOf(items, onlyFailed) {
  if (onlyFailed) return items.filter(wasLost).slice(0, MOST);
  if (items.length <= MOST) return items;
  const now = items.findIndex(({ state }) => !SETTLED.has(state));
  const from = now < 0 ? items.length - MOST : Math.max(0, now - BEFORE);
  const failed = new Set(items.filter(hasFailed).slice(0, MOST));
  return items.filter((item, n) => failed.has(item) || (n >= from && n < from + MOST));
}

const KINDS = [
  ["已保存", ({ state }) => state === "saved" || state === "known"],
  ["跳过", ({ state }) => state === "ignored"],
  ["没有保存", hasFailed],
  ["没有上传", ({ state }) => state === "stopped"],
];

// How many of them have come to what: "1,800 个已保存，3 个没有保存".
function tally(items) {
  const numbers = KINDS.map(([words, is]) => [items.filter(is).length, words]).filter(([n]) => n);
  return numbers.map(([n, words]) => `${count(n)} 个${words}`).join("，");
}

export function makeRows(list) {
  const rows = new Map(); // item -> {row, told: what it says}

  function tell(item) {
    const known = rows.get(item);
    const told = stateOf(item);
    if (known.told === told) return;
    known.told = told;
    known.row.className = item.state;
    known.row.lastChild.textContent = told;
  }

  // Draw the items as they are now; returns what is to be said of those that are not drawn, before and after the list.
  return function draw(items, { onlyFailed = false } = {}) {
    const drawn = chosenOf(items, onlyFailed);
    const wanted = new Set(drawn);
    for (const [item, { row }] of rows) {
      if (wanted.has(item)) continue;
      row.remove();
      rows.delete(item);
    }
    let at = list.firstElementChild;
    for (const item of drawn) {
      if (!rows.has(item)) rows.set(item, { row: makeRow(item), told: "" });
      tell(item);
      const { row } = rows.get(item);
      if (row === at) at = at.nextElementSibling;
      else list.insertBefore(row, at);
    }
    const left = items.filter((item) => !wanted.has(item) && (!onlyFailed || wasLost(item)));
    const settled = left.filter(({ state }) => SETTLED.has(state));
    if (onlyFailed) return { before: "", after: left.length ? `另有 ${tally(left)}` : "" };
    const after = left.length - settled.length;
    return {
      before: settled.length ? `另有 ${tally(settled)}` : "",
      after: after ? `后面还有 ${count(after)} 个在等待` : "",
    };
  };
}
