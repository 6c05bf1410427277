// What is typed in the search box goes on by itself: suggestions of the server while typing, and before that the
// searches that this browser remembers. A combobox as ARIA describes it; nothing happens while an input method composes.

import { drop, searches } from "./kept.js";

const KINDS = { topic: "主题", own: "自己的词", term: "词", heading: "小标题", title: "标题" };
const WAIT = 120; // milliseconds after the last key

const box = document.getElementById("q");
const list = document.createElement("ul");
let options = []; // {element, query, url, kind}
let active = -1;
let typed = "";
let timer = 0;
let asking = null;

function close() {
  clearTimeout(timer);
  asking?.abort();
  list.hidden = true;
  options = [];
  active = -1;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

// What is typed now counts, not what was chosen before it.
function unselect() {
  options[active]?.element.setAttribute("aria-selected", "false");
  active = -1;
  typed = box.value;
  box.removeAttribute("aria-activedescendant");
}

function show(items) {
  if (!items.length || document.activeElement !== box) return close();
  list.replaceChildren();
  options = items.map((item, number) => {
    const element = document.createElement("li");
    element.id = `suggestion-${number}`;
    element.setAttribute("role", "option");
    element.setAttribute("aria-selected", "false");
    const text = document.createElement("bdi");
    text.textContent = item.text;
    const note = document.createElement("span");
    note.className = "n";
    note.textContent = item.note;
    element.append(text, note);
    if (item.kind) {
      const remove = document.createElement("span"); // for the mouse; keys: Delete, and the list at the start
      remove.className = "remove";
      remove.textContent = "×";
      remove.title = "去掉";
      remove.setAttribute("aria-hidden", "true");
      element.append(remove);
    }
    list.append(element);
    return { ...item, element };
  });
  active = -1;
  list.hidden = false;
  box.setAttribute("aria-expanded", "true");
  box.removeAttribute("aria-activedescendant");
}

function remembered() {
  const saved = searches("saved").map((one) => ({ ...one, kind: "saved", note: "收藏" }));
  const urls = new Set(saved.map((one) => one.url));
  const recent = searches("recent").filter((one) => !urls.has(one.url));
  const all = [...saved.slice(0, 5), ...recent.map((one) => ({ ...one, kind: "recent", note: "最近" })).slice(0, 7)];
  show(all.map((one) => ({ ...one, text: one.name })));
}

// Whether the page itself lists the remembered searches, and the list can be seen: the same list need not cover it.
function listed() {
  const all = document.querySelector("#mine section");
  return Boolean(all) && all.getBoundingClientRect().top < window.innerHeight;
}

async function ask() {
  const asked = (typed = box.value);
  if (!asked.trim()) return listed() ? close() : remembered();
  if (box.selectionStart !== asked.length) return close(); // the last word is completed, not one in the middle
  asking?.abort();
  asking = new AbortController();
  try {
    const url = `${list.dataset.api}?${new URLSearchParams({ q: asked })}`;
    const response = await fetch(url, { signal: asking.signal });
    const found = response.ok ? (await response.json()).completions : [];
    if (box.value !== asked) return;
    show(
      found.map(({ text, query, kind, count }) => ({
        text,
        query,
        note: [KINDS[kind], count ? `${count.toLocaleString("zh-CN")} 段` : ""].filter(Boolean).join(" · "),
      })),
    );
  } catch (error) {
    if (error.name !== "AbortError") close(); // no connection: searching itself will say so
  }
}

function select(number) {
  clearTimeout(timer); // what was chosen is not taken away by what comes in now
  asking?.abort();
  options[active]?.element.setAttribute("aria-selected", "false");
  active = number;
  const option = options[active];
  if (!option) {
    box.value = typed;
    box.removeAttribute("aria-activedescendant");
    return;
  }
  option.element.setAttribute("aria-selected", "true");
  option.element.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", option.element.id);
  if (option.query) box.value = option.query;
}

function take(option) {
  if (option.url) location.assign(option.url);
  else {
    box.value = option.query;
    close();
    box.form.requestSubmit();
  }
}

function remove(option) {
  drop(option.kind, option.url);
  remembered();
}

function wire() {
  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.dataset.api = new URL("api/suggest", new URL(box.form.action)).pathname;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "建议");
  box.type = "text"; // a search field may not be a combobox
  box.setAttribute("enterkeyhint", "search");
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-controls", list.id);
  box.form.append(list);

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  };
  box.addEventListener("compositionstart", unselect);
  box.addEventListener("input", (event) => {
    unselect();
    if (!event.isComposing) soon();
  });
  box.addEventListener("compositionend", soon);
  box.addEventListener("click", () => {
    typed = box.value;
    if (list.hidden && !typed.trim() && !listed()) remembered();
  });
  box.addEventListener("blur", close);
  box.form.addEventListener("submit", close);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) return void (box.value.trim() ? ask() : remembered());
      const count = options.length + 1; // and what was typed itself
      select(((active + 1 + (event.key === "ArrowDown" ? 1 : count - 1)) % count) - 1);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      box.value = typed;
      close();
    } else if (event.key === "Enter" && options[active]) {
      event.preventDefault();
      if (!event.repeat) take(options[active]);
    } else if (event.key === "Delete" && options[active]?.kind) {
      event.preventDefault();
      remove(options[active]);
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    box.value = box.defaultValue; // what this page answers, not what was asked after it
    typed = box.value;
    close();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const option = options.find((one) => one.element.contains(event.target));
    if (!option) return;
    if (event.target.closest(".remove")) remove(option);
    else take(option);
  });
}

if (box) wire();
