// What the keys of this page do, on ?.

import { keys, onKey } from "./keys.js";

const HELP = "?";
const NAME = "全部按键";
let dialog = null;

function make() {
  dialog = document.createElement("dialog");
  dialog.className = "help";
  const head = document.createElement("h2");
  head.textContent = "按键";
  head.id = "help-head";
  dialog.setAttribute("aria-labelledby", head.id);
  const list = document.createElement("dl");
  for (const [key, name] of [...keys().filter(([key]) => key !== HELP), ["Esc", "收起、离开搜索框"], [HELP, NAME]]) {
    const term = document.createElement("dt");
    const sign = document.createElement("kbd");
    sign.textContent = key;
    term.append(sign);
    const told = document.createElement("dd");
    told.textContent = name;
    list.append(term, told);
  }
  const form = document.createElement("form");
  form.method = "dialog";
  const shut = document.createElement("button");
  shut.textContent = "收起";
  form.append(shut);
  dialog.append(head, list, form);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });
  document.body.append(dialog);
}

function open() {
  if (!dialog) make();
  if (!dialog.open) dialog.showModal();
}

onKey(HELP, NAME, open);

// The line at the foot of a page names some of them, and leads to all.
for (const line of document.querySelectorAll(".keys")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = NAME;
  button.addEventListener("click", open);
  const sign = document.createElement("kbd");
  sign.textContent = HELP;
  line.append(sign, " ", button);
}
