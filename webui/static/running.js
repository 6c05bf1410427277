// The line that says that the index is being brought up to date: followed while it is there.

import { poll } from "./runs.js";

const line = document.getElementById("running");

// Whether somebody has typed or is choosing something that another page load would take away.
function isInUse() {
  const fields = [...document.querySelectorAll("main :is(textarea, input:not([type=hidden]))")];
  if (fields.some(({ value, defaultValue }) => value !== defaultValue)) return true;
  return !getSelection().isCollapsed || document.querySelector("main :is(article, .undone) :focus, main article [open]") !== null;
}

function tell(words, again) {
  line.querySelector("progress")?.remove();
  line.querySelector("span").textContent = "";
  const said = line.querySelector("[role=status]"); // there before it says anything, or it is not read out
  said.replaceChildren(words, ...again);
}

// Loading a page again that came of what was sent would lose or send it once more.
function reloader() {
  const typed = [...document.querySelectorAll("main textarea")].some(({ value }) => value);
  if (!("again" in line.dataset) || typed) return [];
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "重新载入" });
  button.addEventListener("click", () => location.reload());
  return [" ", button];
}

function ended(text, good) {
  const isOfFiles = document.body.classList.contains("page-files");
  if (isOfFiles && "again" in line.dataset && !isInUse()) location.reload(); // it stays where it is
  else tell(good && !isOfFiles ? "索引已更新" : text, good || isOfFiles ? reloader() : []);
}

function show({ busy, text, done, total, last, state }) {
  const bar = line.querySelector("progress");
  if (busy) {
    line.querySelector("span").textContent = `${text}，搜索照常可用`;
    bar.hidden = !total;
    if (total) Object.assign(bar, { max: total, value: done });
    return false;
  }
  ended(last?.text ?? text, (last?.state ?? state) === "done");
  return true;
}

function lost(status) {
  if (status === 401) {
    const link = Object.assign(document.createElement("a"), { href: line.dataset.logIn, textContent: "重新登录" });
    tell("登录已过期 ", [link]);
    return true;
  }
  line.querySelector("span").textContent = "连不上稿库，正在重试";
  return false;
}

if (line) poll(line.dataset.runs, (runs, status) => !line.isConnected || (runs ? show(runs) : lost(status)));
