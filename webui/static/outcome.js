// What came of files that were sent: asked of the server, and summed up in a sentence.

import { token } from "./sending.js";

const AT_ONCE = 100; // names in a request: archives among them may hold thousands, of which the answer has its limit
const MOST = 200; // files listed that are as they should be

const count = (n) => n.toLocaleString("zh-CN");

async function fragmentOf(url, names) {
  const body = new URLSearchParams(names.map((name) => ["file", name]));
  const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token() }, body });
  if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status });
  const template = document.createElement("template");
  template.innerHTML = await answer.text(); // escaped by the server
  return [...template.content.querySelectorAll(".file")];
}

// What the server says of each stored item: a map from the item to its elements, those of the files inside it, too.
async function elementsOf(url, items) {
  const names = [...new Set(items.map(({ saved }) => saved.file))];
  const found = new Map(names.map((name) => [name, []]));
  for (let n = 0; n < names.length; n += AT_ONCE) {
    for (const element of await fragmentOf(url, names.slice(n, n + AT_ONCE))) {
      let { name } = element.dataset;
      while (name && !found.has(name)) name = name.slice(0, Math.max(0, name.lastIndexOf("/"))); // in an archive
      found.get(name)?.push(element);
    }
  }
  return found;
}

function kindOf(item, elements) {
  if (item.state !== "saved" && item.state !== "known") return item.state;
  const states = new Set(elements.map(({ dataset }) => dataset.state));
  if (states.has("read")) return item.state === "known" ? "known" : "read"; // of an archive, some of it
  if (states.has("failed")) return "unread";
  return states.has("excluded") ? "ignored" : "later";
}

const WORDS = [
  ["read", "可以搜索了"],
  ["unread", "读不了"],
  ["known", "已在库中"],
  ["later", "还没有读入"],
  ["ignored", "是隐藏文件或系统文件，跳过了"],
  ["failed", "没有保存"],
  ["stopped", "没有上传"],
];

// {sentence, elements, left, later}: elements of files that cannot be read, with why, stand first; `left` more can be,
// `later` were not read yet.
export async function sumUp(url, items) {
  const stored = items.filter(({ state }) => state === "saved" || state === "known");
  const found = await elementsOf(url, stored);
  const numbers = new Map();
  let reports = 0;
  let inside = 0; // files in archives that cannot be read
  for (const item of items) {
    const elements = found.get(item.saved?.file) ?? [];
    const kind = kindOf(item, elements);
    numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
    if (kind === "read") for (const { dataset } of elements) reports += Number(dataset.reports);
    if (kind !== "unread") inside += elements.filter(({ dataset }) => dataset.state === "failed").length;
  }
  const parts = WORDS.filter(([kind]) => numbers.get(kind)).map(([kind, words]) => {
    const more = kind === "read" ? `（${count(reports)} 篇报告）` : "";
    return `${count(numbers.get(kind))} 个${words}${more}`;
  });
  if (inside) parts.push(`压缩包里有 ${count(inside)} 个读不了`);
  const all = [...found.values()].flat();
  const bad = all.filter(({ dataset }) => dataset.state === "failed");
  const good = all.filter(({ dataset }) => dataset.state === "read");
  return {
    sentence: `全部 ${count(items.length)} 个：${parts.join("，")}`,
    elements: [...bad, ...good.slice(0, MOST)],
    left: Math.max(0, good.length - MOST),
    later: numbers.get("later") ?? 0,
  };
}
