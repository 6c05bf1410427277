// Adding files: chosen or dropped, sent two at a time, read into the index, and what came of each.
//
// One batch at a time is shown: all that was handed over since the page was opened, or since 再添加.

import { chosen, dropped } from "./dropped.js";
import { sumUp } from "./outcome.js";
import { amount, makeRows } from "./rows.js";
import { follow, post } from "./runs.js";
import { Sending, token } from "./sending.js";

const PAINT = 200; // milliseconds between two looks at what has changed
const EARLY = 3000; // milliseconds in which nobody can tell how long it takes

const $ = (id) => document.getElementById(id);
const main = $("main");
const { add, runs, limit, limitText } = main.dataset;
const title = document.title;
const count = (n) => n.toLocaleString("zh-CN");

const queue = new Sending({
  url: `${add}/file`,
  limit: { bytes: Number(limit), text: limitText },
  changed: paintSoon,
});
const draw = makeRows($("list").querySelector("ul"));

let reading = null; // {text, done, total, run: its number} while a run reads what was stored
let finishing = false; // it is asked what came of all
let outcome = null; // what came of all, when all is over
let trouble = ""; // why what was stored is not read
let looking = 0; // drops whose folders are still looked through
let aside = { skipped: 0, closed: [], folders: 0, files: 0 }; // what was handed over and is not in the list
let began = { at: 0, sent: 0 }; // since when bytes have been going out
let said = ""; // the last words to those who listen
let timer = 0;

function say(text) {
  if (said !== text) $("status").textContent = said = text;
}

// -- what is handed over -------------------------------------------------------------------------------------

function take(found) {
  aside.skipped += found.skipped;
  aside.closed.push(...found.closed);
  aside.folders += found.folders.length;
  aside.files += found.files.length;
  if (found.files.length) {
    const begins = !queue.busy;
    if (begins) began = { at: Date.now(), sent: bytesOf(queue.items).sent };
    outcome = null;
    queue.add(found.files);
    if (begins) say(looking ? "开始上传" : `开始上传，共 ${count(queue.items.length)} 个文件`);
  }
  paintSoon();
}

function beginAnew() {
  if (outcome) forget();
  aside = { skipped: 0, closed: [], folders: 0, files: 0 };
}

async function takeDrop(data) {
  beginAnew();
  looking++;
  try {
    for await (const found of dropped(data)) take(found);
  } finally {
    looking--;
    paintSoon();
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
    input.value = ""; // the same again is a choice, too
  });
  return input;
}

function forget() {
  queue.clear();
  outcome = null;
  trouble = "";
  document.title = title;
  paint();
}

// -- reading it into the index -------------------------------------------------------------------------------

const isStored = ({ state }) => state === "saved" || state === "known";

async function read() {
  for (const item of queue.items) if (isStored(item)) item.asked = true;
  trouble = "";
  reading = { text: "等待读入", done: 0, total: 0 };
  paintSoon();
  try {
    reading.run = (await post(runs, token(), { what: "uploads" })).started;
    follow(runs, `${runs}/events`, seen);
    say("上传完毕，正在读入");
  } catch (error) {
    reading = null;
    trouble = error.told || "连不上稿库，存好的文件还没有读入。连通以后再读一次。";
  }
  paintSoon();
}

// What the server tells of its runs; true: enough. What was stored is read when the run that was asked for is over,
// or a later one; runs that were stopped before they began leave no trace, but then none goes on.
function seen(now, status) {
  if (!reading) return true;
  if (!now) {
    const why = status === 401 ? "登录已过期，登录后看“文件”一页" : "连不上稿库，正在重试";
    reading.text = `${why}；读入在服务器上继续`;
  } else if (now.busy && !(now.last?.number >= reading.run)) {
    Object.assign(reading, { text: now.text, done: now.done, total: now.total });
  } else {
    const last = now.last ?? now;
    if (last.state !== "done" && last.state !== "none") trouble = last.text;
    reading = null;
  }
  paintSoon();
  return reading === null;
}

// Whatever was stored is read as soon as nothing is left to be sent; then it is told what came of all.
function goOn() {
  const still = queue.unsent || looking || reading || outcome || finishing || !queue.items.length;
  if (still) return;
  if (queue.items.some((item) => isStored(item) && !item.asked)) read();
  else finish();
}

async function finish() {
  finishing = true;
  let found;
  try {
    found = await sumUp(`${add}/outcome`, queue.items);
  } catch {
    const stored = queue.items.filter(isStored).length;
    found = { sentence: `存好 ${count(stored)} 个文件`, elements: [], left: 0, later: 0 };
    trouble ||= "连不上稿库，不知道读出了什么。连通以后，看“文件”一页。";
  }
  finishing = false;
  if (!queue.unsent && !looking && queue.items.every((item) => item.asked || !isStored(item))) outcome = found;
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

// Bytes and files that have to be sent, and have been.
function bytesOf(items) {
  const sums = { sent: 0, all: 0, done: 0, files: 0, failed: 0, again: 0 };
  for (const { state, file, sent, again } of items) {
    const failed = state === "failed" || state === "stopped";
    sums.failed += failed;
    sums.again += failed && again;
    if (failed) continue;
    sums.files++;
    sums.all += file.size;
    sums.sent += sent;
    sums.done += state !== "waiting" && state !== "sending" && state !== "storing";
  }
  return sums;
}

function remaining({ sent, all }) {
  const took = Date.now() - began.at;
  const went = sent - began.sent;
  if (!began.at || took < EARLY || went <= 0) return "";
  const seconds = ((all - sent) / went) * (took / 1000);
  if (seconds < 5) return "";
  if (seconds < 55) return `，约剩 ${Math.ceil(seconds / 10) * 10} 秒`;
  return seconds < 3600 ? `，约剩 ${Math.ceil(seconds / 60)} 分钟` : `，约剩 ${Math.ceil(seconds / 3600)} 小时`;
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
  const { value, unit } = amount(sums.all);
  const went = amount(sums.sent, sums.all).value;
  const files = `已上传 ${count(sums.done)} / ${count(sums.files)} 个文件，${went} / ${value} ${unit}`;
  const failed = sums.failed ? `；${count(sums.failed)} 个没有上传` : "";
  const text = `${files}${queue.busy ? remaining(sums) : ""}${failed}`;
  // Empty files count as well, and a bar that is full says that all is over.
  const state = queue.unsent || looking ? "now" : "over";
  paintStage("sending", state, { done: sums.sent + sums.done, all: sums.all + sums.files, text });
  if (state === "now") document.title = `${Math.floor((sums.sent / (sums.all || 1)) * 100)}% ${title}`;
}

function paintReading() {
  const state = reading ? "now" : outcome ? "over" : "later";
  const { done, total, text } = reading ?? { done: 0, total: 1, text: "上传完毕就开始" };
  paintStage("reading", state, { done, all: total, text: reading ? `${text}。可以离开这一页` : text });
  if (reading) document.title = `正在读入 - ${title}`;
}

function paintAside() {
  const { skipped, closed, folders, files } = aside;
  const words = [];
  if (looking) words.push(`正在查看文件夹，已找到 ${count(files)} 个文件`);
  if (skipped) words.push(`跳过 ${count(skipped)} 个隐藏文件或系统文件`);
  if (closed.length) {
    const names = closed.slice(0, 3).join("、");
    words.push(`${count(closed.length)} 个打不开：${names}${closed.length > 3 ? " 等" : ""}`);
  }
  if (!looking && folders && !files) words.push(folders > 1 ? "这些文件夹里没有文件" : "这个文件夹里没有文件");
  write($("aside"), words.join("；"));
}

function paintOutcome() {
  const shown = outcome !== null;
  write($("outcome-head"), outcome?.sentence ?? "");
  write($("trouble"), trouble);
  show("trouble", Boolean(trouble));
  show("outcome", shown);
  if (!shown || paintOutcome.of === outcome) {
    if (!shown && paintOutcome.of) $("results").replaceChildren();
    paintOutcome.of = outcome;
    return;
  }
  paintOutcome.of = outcome;
  $("results").replaceChildren(...outcome.elements);
  if (outcome.left) {
    const more = document.createElement("p");
    more.className = "source";
    more.textContent = `还有 ${count(outcome.left)} 个也可以搜索了`;
    $("results").append(more);
  }
}

function paintMoves(sums) {
  const sendingNow = queue.unsent;
  write($("stop"), sendingNow ? "停止上传" : "停止读入");
  write($("retry"), `重试没有上传的 ${count(sums.again)} 个`);
  show("more", outcome !== null);
  show("resume", queue.halt !== null);
  show("retry", sums.again > 0 && !queue.halt);
  show("reread", outcome !== null && outcome.later > 0);
  show("stop", sendingNow || reading !== null);
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
  const sums = bytesOf(items);
  const any = items.length > 0;
  main.classList.toggle("begun", any);
  show("drop", !outcome);
  write($("call"), any ? "还可以再拖入" : "把文件或整个文件夹拖到这里");
  paintAside();
  show("going", any && !outcome);
  if (any && !outcome) {
    paintSending(sums);
    paintReading();
  }
  show("halted", queue.halt !== null);
  const [words, link] = $("halted").children;
  write(words, queue.halt?.text ?? "");
  link.hidden = queue.halt?.kind !== "login";
  const { before, after } = draw(items, { onlyFailed: outcome !== null });
  show("list", any && (!outcome || sums.failed > 0));
  write($("before"), before ? `前面 ${count(before)} 个已上传` : "");
  write($("after"), after ? `后面还有 ${count(after)} 个在等待` : "");
  paintOutcome();
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
    $("pick-files").focus();
  });
  $("retry").addEventListener("click", () => {
    outcome = null;
    began = { at: Date.now(), sent: bytesOf(queue.items).sent };
    queue.retry();
    paint();
  });
  $("reread").addEventListener("click", () => {
    outcome = null;
    read();
    paint();
  });
  $("resume").addEventListener("click", () => queue.resume());
  $("stop").addEventListener("click", () => {
    if (queue.unsent) queue.stop();
    else post(`${runs}/stop`, token()).catch(() => say("连不上稿库，没有停下"));
  });
  // Back from logging in, or connected again.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && queue.halt?.kind === "login") queue.resume();
  });
  window.addEventListener("online", () => queue.halt?.kind === "lost" && queue.resume());
  window.addEventListener("beforeunload", (event) => {
    if (!queue.unsent && !looking) return;
    event.preventDefault();
    event.returnValue = true; // browsers of some years ago
  });
}

listen();
