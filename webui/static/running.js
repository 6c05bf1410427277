// The line that says that the index is being brought up to date: followed while it is there.

import { poll } from "./runs.js";

const line = document.getElementById("running");

function show({ busy, text, done, total, last, state }) {
  if (!line.isConnected) return true;
  const bar = line.querySelector("progress");
  if (busy) {
    line.querySelector("span").textContent = `${text}，搜索照常可用`;
    bar.hidden = !total;
    if (total) Object.assign(bar, { max: total, value: done });
    return false;
  }
  const good = (last?.state ?? state) === "done";
  bar.remove();
  line.querySelector("span").textContent = "";
  const said = line.querySelector("[role=status]"); // there before it says anything, or it is not read out
  said.append(good ? "索引已更新 " : `${last?.text ?? text} `);
  if (good) said.append(Object.assign(document.createElement("a"), { href: location.href, textContent: "重新载入" }));
  return true;
}

if (line) poll(line.dataset.runs, (runs) => (runs ? show(runs) : !line.isConnected));
