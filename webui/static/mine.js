// Remembered searches on the page: this one is remembered, may be kept, and all are listed at the start.

import { say } from "./copy.js";
import { drop, isKept, keep, searches } from "./kept.js";

const main = document.querySelector("main[data-search]");
const list = document.getElementById("mine");

function element(tag, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

if (main?.dataset.search && "found" in main.dataset) {
  const search = { name: main.dataset.search, url: main.dataset.address };
  keep("recent", search);
  const button = main.querySelector(".keep"); // the server has left room for it
  const tell = () => {
    const kept = isKept("saved", search.url);
    button.textContent = kept ? "已收藏" : "收藏";
    button.setAttribute("aria-pressed", kept);
    button.title = kept ? "不再收藏这个搜索" : "收藏这个搜索，只存在这个浏览器里";
  };
  button?.addEventListener("click", () => {
    const done = isKept("saved", search.url) ? drop("saved", search.url) : keep("saved", search);
    if (!done) say("浏览器不让保存，请查看它的隐私设置和存储空间");
    tell();
  });
  if (button) {
    tell();
    window.addEventListener("pageshow", (event) => event.persisted && tell());
  }
}

function show() {
  list.replaceChildren();
  for (const [kind, name] of [["saved", "收藏的搜索"], ["recent", "最近的搜索"]]) {
    const found = searches(kind);
    if (!found.length) continue;
    const items = found.map((search) => {
      const remove = element("button", { type: "button", title: "去掉" }, "去掉");
      remove.setAttribute("aria-label", `去掉 ${search.name}`);
      remove.addEventListener("click", () => {
        const at = [...list.querySelectorAll("button")].indexOf(remove);
        drop(kind, search.url);
        show();
        const rest = list.querySelectorAll("button");
        (rest[Math.min(at, rest.length - 1)] ?? document.getElementById("q")).focus();
      });
      return element("li", {}, element("a", { href: search.url, dir: "auto", title: search.name }, search.name), remove);
    });
    list.append(element("section", {}, element("h2", {}, name), element("ul", {}, ...items)));
  }
}

if (list) {
  show();
  window.addEventListener("pageshow", (event) => event.persisted && show());
}
