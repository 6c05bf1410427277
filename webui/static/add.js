// Adding files: chosen or dropped, sent two at a time, read into the index, and what came of each.
//
// One batch at a time is shown: all that was handed over since the page was opened, or since 再添加; what was not
// stored goes over into the next.

import { chosen, dropped } from "./dropped.js";
import { findStored, sumUp } from "./outcome.js";
import { Pace, sumsOf, told } from "./progress.js";
import { Reading, troubleOf } from "./reading.js";
import { makeRows } from "./rows.js";
import { Sending } from "./sending.js";

const PAINT = 200; // milliseconds between two looks at what has changed
const SURE = 8000; // milliseconds in which what was asked twice has to be answered

const $ = (id) => document.getElementById(id);
const main = $("main");
const { add, runs, limit, limitText, suffixes } = main.dataset;
const known = new Set(suffixes.split(" "));
const title = document.title;
const count = (n) => n.toLocaleString("zh-CN");

const queue = new Sending({
  url: `${add}/file`,
  limit: { bytes: Number(limit), text: limitText },
  changed: paintSoon,
});
const reading = new Reading({ url: runs, changed: paintSoon });
const pace = new Pace();
const draw = makeRows($("list").querySelector("ul"));

const nothingAside = () => ({
  skipped: 0,
  closed: 0,
  folders: 0,
  files: 0,
  none: false, // nothing at all was found
  ended: false, // not all of it was looked through
  doubtful: 0,
  kinds: new Set(), // of those
});

let finishing = false; // it is asked what came of all
let outcome = null; // what came of all, when all is over
let trouble = ""; // why that is not known
let expired = false; // nor will it be until somebody has logged in again
let aside = nothingAside(); // of what was handed over, what the list does not say
let sure = 0; // the timer while it is asked whether to stop what others wait for, too
let said = ""; // the last words to those who listen
let timer = 0;
let closed = true; // nothing has been handed over since 再添加
const walks = new Set(); // drops whose folders are still looked through

function say(text) {
  if (said !== text) $("status").textContent = said = text;
}

// -- what is handed over -------------------------------------------------------------------------------------

function beginAnew() {
  if (closed || outcome) {
    forget();
    aside = nothingAside();
  }
  closed = false;
}

// Where a name ends as those of files do that there is no reader for.
function kindOfDoubt(name) {
  const suffix = /\.[a-z0-9]{1,5}$/i.exec(name)?.[0].toLowerCase() ?? "";
  return known.has(suffix) ? "" : suffix;
}

function take(found) {
  aside.skipped += found.skipped;
  aside.folders += found.folders.length;
  aside.files += found.files.length;
  aside.closed += found.closed.length;
  for (const file of found.files) {
    const suffix = kindOfDoubt(file.name);
    if (!suffix) continue;
    file.doubtful = true;
    aside.doubtful++;
    aside.kinds.add(suffix);
  }
  if (found.files.length || found.closed.length) {
    const begins = !queue.unsent;
    outcome = null;
    queue.add(found.files, found.closed);
    if (begins && queue.unsent) say(walks.size ? "开始上传" : `开始上传，共 ${count(queue.items.length)} 个文件`);
  }
  paintSoon();
}

function taken() {
  aside.none = !aside.files && !aside.skipped && !aside.closed && !aside.folders;
  if (!aside.files) say(asideWords());
  paintSoon();
}

async function takeDrop(data) {
  beginAnew();
  const walk = {};
  walks.add(walk);
  try {
    for await (const found of dropped(data)) {
      if (!walks.has(walk)) break; // stopped
      take(found);
    }
  } finally {
    if (walks.delete(walk)) taken();
  }
}

function picker(folders) {
  const input = document.createElement("input");
  input.type = "file";
  if (folders) input.webkitdirectory = true;
  else input.multiple = true;
  input.addEventListener("change", () => {
    beginAnew();
    take(chosen(input.files));
    taken();
    input.value = ""; // the same again is a choice, too
  });
  return input;
}

function forget() {
  queue.clear();
  outcome = null;
  trouble = reading.trouble = "";
  document.title = title;
}

// -- until all is over ---------------------------------------------------------------------------------------

const isStored = ({ state }) => state === "saved" || state === "known";

function read() {
  for (const item of queue.items) if (isStored(item)) item.asked = true;
  say("上传完毕，正在读入");
  reading.start();
}

const isUnder = () => queue.unsent || walks.size > 0 || reading.now !== null;

// Whatever was stored is read as soon as nothing is left to be sent; then it is told what came of all.
function goOn() {
  if (closed || isUnder() || outcome || finishing || expired || !queue.items.length) return;
  if (queue.items.some(({ state, unsure }) => state === "stopped" && unsure)) makeSure();
  else if (queue.items.some((item) => isStored(item) && !item.asked)) read();
  else finish();
}

async function makeSure() {
  finishing = true;
  const unsure = queue.items.filter(({ state, unsure: un }) => state === "stopped" && un);
  let stored = [];
  try {
    stored = await findStored(`${add}/outcome`, unsure);
  } catch (error) {
    expired = error.status === 401;
  }
  finishing = false;
  for (const item of unsure) {
    if (item.state !== "stopped") continue; // sent again meanwhile
    if (!expired) item.unsure = false;
    if (stored.includes(item)) Object.assign(item, { state: "saved", sent: item.file.size, saved: { file: item.name } });
  }
  paintSoon();
}

async function finish() {
  finishing = true;
  trouble = "";
  paintSoon();
  let found;
  try {
    found = await sumUp(`${add}/outcome`, queue.items);
  } catch (error) {
    const stored = queue.items.filter(isStored).length;
    const lost = queue.items.length - stored;
    const sentence = `存好 ${count(stored)} 个文件${lost ? `，${count(lost)} 个没有上传` : ""}`;
    found = { sentence, elements: [], left: "", later: 1 };
    expired = error.status === 401;
    trouble = expired ? "" : `${troubleOf(error)}不知道读出了什么，可以再读一次，或看“文件”。`;
  }
  finishing = false;
  const isLast = !isUnder() && queue.items.every((item) => item.asked || !isStored(item));
  if (isLast && !expired) outcome = found;
  paint();
  if (outcome) tellOutcome();
}

function tellOutcome() {
  say(outcome.sentence);
  document.title = `完成 - ${title}`;
  if (document.activeElement === document.body) $("outcome-head").focus({ preventScroll: true });
}

// -- what is shown -------------------------------------------------------------------------------------------

function paintSoon() {
  timer ||= setTimeout(paint, PAINT);
}

function show(id, shown) {
  const element = $(id);
  if (element.hidden !== shown) return;
  const had = !shown && element.contains(document.activeElement);
  element.hidden = !shown;
  if (had) element.dataset.left = "1"; // had the focus
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function paintStage(id, state, { done, all, text }) {
  const stage = $(id);
  const bar = stage.querySelector("progress");
  stage.className = `stage ${state}`;
  if (state === "now" && !all) bar.removeAttribute("value");
  else Object.assign(bar, { max: all || 1, value: state === "over" ? all || 1 : done });
  write(stage.querySelector(".told"), text);
}

function paintSending(sums) {
  pace.note(queue.busy && !queue.halt, sums.sent);
  const state = queue.unsent || walks.size ? "now" : "over";
  // A bar that is full says that all is over, and many small files are much work.
  const text = told(sums, queue.busy ? pace.left(sums) : "");
  paintStage("sending", state, { done: sums.sent + sums.done, all: sums.all + sums.files, text });
  if (queue.halt) document.title = `已暂停 - ${title}`;
  else if (state === "now") document.title = `${Math.floor((sums.sent / (sums.all || 1)) * 100)}% ${title}`;
}

function paintReading() {
  const { now } = reading;
  if (now) {
    paintStage("reading", "now", { done: now.done, all: now.total, text: `${now.text}。可以离开这一页` });
    document.title = `${reading.needsLogIn ? "已暂停" : "正在读入"} - ${title}`;
    return;
  }
  const summing = !isUnder();
  const asked = queue.items.some((item) => item.asked && isStored(item));
  const text = summing ? `${asked ? "已读入，" : ""}正在汇总` : "上传完毕就开始";
  paintStage("reading", summing ? "over" : "later", { done: 0, all: 1, text });
}

function asideWords() {
  const { skipped, folders, files, none, ended, doubtful, kinds } = aside;
  const words = [];
  if (walks.size) words.push(`正在查看文件夹，已找到 ${count(files)} 个文件`);
  if (ended) words.push(`没有看完文件夹，只找到 ${count(files)} 个文件`);
  if (skipped) words.push(`跳过 ${count(skipped)} 个隐藏文件或系统文件`);
  if (!walks.size && folders && !files) words.push(folders > 1 ? "这些文件夹里没有文件" : "这个文件夹里没有文件");
  if (none) words.push("没有选到文件");
  if (doubtful) {
    const some = [...kinds].slice(0, 5).join("、");
    words.push(`${count(doubtful)} 个文件多半读不了（${some}${kinds.size > 5 ? " 等" : ""}），照样上传`);
  }
  if (queue.halt && queue.unsent) words.push("上传暂停着，再加的文件也先排着");
  if (closed && queue.items.length) words.push(`上次有 ${count(queue.items.length)} 个没有上传，添加文件以后还在列表里`);
  return words.join("；");
}

function paintOutcome() {
  const shown = outcome !== null;
  const words = [reading.trouble, trouble].filter(Boolean).join("");
  const box = $("trouble");
  show("trouble", Boolean(words));
  write(box.firstElementChild, words);
  box.lastElementChild.hidden = !words.includes("“文件”");
  write($("outcome-head"), outcome?.sentence ?? "");
  show("outcome", shown);
  if (paintOutcome.of === outcome) return;
  paintOutcome.of = outcome;
  $("results").replaceChildren(...(outcome?.elements ?? []));
  if (!outcome?.left) return;
  $("results").append(Object.assign(document.createElement("p"), { className: "source", textContent: outcome.left }));
}

function paintHalt() {
  const byReading = expired || reading.needsLogIn;
  const halt = queue.halt ?? (byReading ? { kind: "login", text: "登录已过期。请重新登录，再回到这里。" } : null);
  show("halted", halt !== null);
  const [words, link] = $("halted").children;
  write(words, halt?.text ?? "");
  link.hidden = halt?.kind !== "login";
  show("resume", halt?.kind === "login" || halt?.kind === "lost");
  write($("resume"), queue.halt ? "继续上传" : "继续");
}

function paintMoves(sums) {
  const isSending = queue.unsent || walks.size > 0;
  if (isSending || !reading.now) clearSure();
  const reader = sure ? "别人的文件也会停下，确定停止" : "停止读入";
  write($("stop"), isSending ? "停止上传" : reader);
  write($("retry"), `重试没有上传的 ${count(sums.again)} 个`);
  show("more", outcome !== null);
  show("retry", sums.again > 0 && !queue.halt && !closed);
  show("reread", outcome !== null && outcome.later > 0);
  show("stop", isSending || (reading.now !== null && !reading.needsLogIn));
}

// What had the focus may have gone.
function keepFocus() {
  const left = document.querySelector("[data-left]");
  if (!left) return;
  delete left.dataset.left;
  const [next] = $("moves").querySelectorAll("button:not([hidden])");
  (outcome ? $("outcome-head") : (next ?? $("pick-files"))).focus({ preventScroll: true });
}

function paint() {
  clearTimeout(timer);
  timer = 0;
  const { items } = queue;
  const sums = sumsOf(items);
  const any = items.length > 0 && !closed;
  main.classList.toggle("begun", any);
  if (any) document.getElementById("running")?.remove(); // what goes on is told below
  show("drop", !outcome);
  const first = location.hash === "#again" ? "请在这里再拖一次" : "把文件或整个文件夹拖到这里";
  write($("call"), any ? "还可以再拖入" : first);
  write($("aside"), asideWords());
  show("going", any && !outcome);
  if (any && !outcome) {
    paintSending(sums);
    paintReading();
  }
  const { before, after } = draw(closed ? [] : items, { onlyFailed: outcome !== null });
  show("list", any && (!outcome || sums.failed > 0));
  write($("before"), before);
  write($("after"), after);
  paintOutcome();
  paintHalt();
  paintMoves(sums);
  keepFocus();
  goOn();
}

// -- what is done --------------------------------------------------------------------------------------------

const isOfFiles = (event) => event.dataTransfer?.types.includes("Files");

function listenToDrops() {
  const zone = $("drop");
  const light = (on) => zone.classList.toggle("over", on);
  for (const kind of ["dragenter", "dragover"]) {
    window.addEventListener(kind, (event) => {
      if (!isOfFiles(event)) return;
      event.preventDefault(); // anywhere on the page: beside it, the browser would leave for the file
      event.dataTransfer.dropEffect = "copy";
      light(true);
    });
  }
  window.addEventListener("dragleave", (event) => !event.relatedTarget && light(false));
  window.addEventListener("drop", (event) => {
    if (!isOfFiles(event)) return;
    event.preventDefault();
    light(false);
    takeDrop(event.dataTransfer);
  });
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length || event.target.closest("input")) return;
    event.preventDefault();
    takeDrop(event.clipboardData);
  });
}

function clearSure() {
  clearTimeout(sure);
  sure = 0;
}

function stop() {
  if (queue.unsent || walks.size) {
    if (walks.size) aside.ended = true;
    walks.clear();
    queue.stop();
  } else if (sure) {
    clearSure();
    reading.stop();
  } else {
    sure = setTimeout(() => {
      clearSure();
      paintSoon();
    }, SURE);
    say("再按一次，别人的文件也会停下");
  }
  paint();
}

function resume() {
  expired = false;
  reading.resume();
  if (queue.halt) queue.resume();
  paintSoon();
}

function again(what) {
  outcome = null;
  trouble = reading.trouble = "";
  what();
  paint();
}

function listen() {
  const files = picker(false);
  const folders = picker(true);
  $("pick-files").addEventListener("click", () => files.click());
  $("pick-folder").addEventListener("click", () => folders.click());
  $("pick-folder").hidden = !("webkitdirectory" in folders);
  $("drop").addEventListener("submit", (event) => event.preventDefault());
  listenToDrops();
  $("more").addEventListener("click", () => {
    forget();
    closed = true;
    aside = nothingAside();
    paint();
    $("pick-files").focus();
  });
  $("retry").addEventListener("click", () => again(() => queue.retry()));
  $("reread").addEventListener("click", () => again(read));
  $("resume").addEventListener("click", resume);
  $("stop").addEventListener("click", stop);
  // Back from logging in, or connected again.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && (queue.halt?.kind === "login" || reading.needsLogIn || expired)) resume();
  });
  window.addEventListener("online", () => queue.halt?.kind === "lost" && queue.resume());
  window.addEventListener("beforeunload", (event) => {
    if (!queue.unsent && !walks.size) return;
    event.preventDefault();
    event.returnValue = true; // browsers of some years ago
  });
}

listen();
paint();
