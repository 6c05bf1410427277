// What the keys of this page do, on ?.

import { keys, keysAreOn, onKey, turnKeys } from "./keys.js";

const HELP = "?";
const NAME = "全部按键";
let dialog = null;
let lever = null;
const lines = new Map(); // the line at the foot of a page -> {told, button}: what it says, what leads to all keys

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
  shut.autofocus = true;
  const note = document.createElement("p");
  note.textContent = "关掉以后，单个的字母和符号不再起作用；Esc 和方向键照旧。";
  form.append(makeLever(), shut);
  dialog.append(head, list, note, form);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });
  document.body.append(dialog);
}

// On or off: in the dialog, and in the line at the foot, which names no keys that do nothing.
function tell() {
  const on = keysAreOn();
  document.documentElement.classList.toggle("keyless", !on);
  lever?.setAttribute("aria-checked", on);
  if (lever) lever.lastChild.textContent = on ? "：开" : "：关";
  for (const [line, { told, button }] of lines) {
    if (line.firstChild === told[0] === on) continue; // it says so already: what has the focus in it keeps it
    const had = document.activeElement === button;
    line.replaceChildren(...(on ? told : ["按键已关 ", button]));
    if (had) button.focus();
  }
}

function makeLever() {
  lever = document.createElement("button");
  lever.type = "button";
  lever.setAttribute("role", "switch");
  const state = document.createElement("span");
  state.setAttribute("aria-hidden", "true"); // the switch itself says it
  lever.append("按键", state);
  lever.addEventListener("click", () => {
    turnKeys(!keysAreOn());
    tell();
  });
  return lever;
}

function open() {
  if (!dialog) make();
  tell();
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
  lines.set(line, { told: [...line.childNodes], button });
}
tell();
window.addEventListener("storage", tell); // turned on or off on another page of ours
window.addEventListener("pageshow", (event) => event.persisted && tell());
