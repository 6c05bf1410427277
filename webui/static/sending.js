// Files on their way to the server, two at a time: each with a state of its own, and what stops all of them.
//
// States: waiting, sending (`sent` bytes of it, since `begun`), storing (all of it sent), then saved, known (it was
// there already), ignored (the index passes over such names), failed (`reason`) or stopped; of those that were under
// way then nobody knows yet whether they came whole (`unsure`).

import { isThere, renewToken, token } from "./asking.js";

const AT_ONCE = 2;
const WAITS = [1000, 4000]; // milliseconds before each further try where the connection broke
const KNOCKS = [3000, 5000, 10_000, 20_000, 30_000]; // milliseconds before it is looked whether the server is back
const SILENCE = { sending: 90_000, storing: 600_000 }; // milliseconds without a sign, after which it has broken
const PASSING = new Set([0, 408, 425, 429, 502, 503, 504]); // nothing is wrong with the file

const LOST = "连不上稿库。没有上传的文件还在列表里，连通以后自动继续。";
const EXPIRED = "登录已过期。请重新登录，再回到这里继续；没有上传的文件还在列表里。";
const FULL = "请告诉管理员清理磁盘；清理好以后停止上传，再重试。";
const AWAY = "修好以后停止上传，再重试；没有上传的文件还在列表里。";
const SMALLER = "请拆分、压缩，或请管理员直接放进文件夹";

// What a server in front of this one says no to in words of its own.
const REFUSED = {
  403: "被网络上的安全设备拦下，没有保存。请告诉管理员",
  413: `超过网络上的代理允许的大小，没有保存。${SMALLER}`,
};

export const wasLost = ({ state }) => state === "failed" || state === "stopped";

const isSame = (a, b) => b !== undefined && a.size === b.size && a.lastModified === b.lastModified;

async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false; // moved, changed or locked since it was chosen
  }
}

// Why all of them stop, if this answer to one of them says so: no other would be taken, either.
function haltOf(status, told) {
  if (status === 401) return { kind: "login", text: EXPIRED };
  if (status === 507) return { kind: "full", text: `${told || "服务器的磁盘满了，没有保存"}。${FULL}` };
  if (status === 503 && told) return { kind: "away", text: `${told}。${AWAY}` };
  return status === 403 && told ? { kind: "refused", text: told } : null;
}

function reasonOf(status, told) {
  if (status === 413 && told) return `${told}。${SMALLER}`;
  return told || REFUSED[status] || `服务器没有接受（${status}），可以重试`;
}

export class Sending {
  items = [];
  halt = null; // {kind: "login", "lost", "full", "away" or "refused", text} while nothing is sent
  #waiting = [];
  #under = new Map(); // what is under way: item -> its turn {request} or {timer}
  #url;
  #limit;
  #changed;
  #knocking = 0;

  // `limit` ({bytes, text}): the largest file that is taken; `changed()` is called after each change.
  constructor({ url, limit, changed }) {
    this.#url = url;
    this.#limit = limit;
    this.#changed = changed;
  }

  get busy() {
    return this.#under.size > 0 || (this.#waiting.length > 0 && !this.halt);
  }

  // Whether there is anything that has not been sent, for which this page has to stay open.
  get unsent() {
    return this.#under.size > 0 || this.#waiting.length > 0;
  }

  // `closed`: names of what is there and cannot be opened. A file that was not stored and is handed over again takes
  // the place of itself.
  add(files, closed = []) {
    const anew = new Map(files.map(({ name, file }) => [name, file]));
    this.items = this.items.filter((item) => !wasLost(item) || !isSame(item.file, anew.get(item.name)));
    for (const { name, file, doubtful = false } of files) {
      const reason = this.#refusal(file);
      const item = { name, file, doubtful, state: reason ? "failed" : "waiting", reason, again: !reason };
      this.items.push(Object.assign(item, { sent: 0, tries: 0, note: "", saved: null, unsure: false }));
      if (!reason) this.#waiting.push(item);
    }
    for (const name of closed) {
      const reason = `${name.endsWith("/") ? "文件夹" : "文件"}打不开：可能没有权限，或正被别的程序占用`;
      this.items.push({ name, file: { size: null }, state: "failed", reason, sent: 0, again: false, saved: null });
    }
    this.#go();
  }

  #refusal({ size }) {
    if (!size) return "空文件，没有上传。请检查原文件，重新复制";
    return size > this.#limit.bytes ? `超过 ${this.#limit.text}，没有上传。${SMALLER}` : "";
  }

  // Forget what was stored; what was not stays, for another try.
  clear() {
    this.items = this.items.filter(wasLost);
  }

  // End what is under way; what was not sent is told as stopped. What has been sent whole is waited for: it is stored
  // whatever becomes of this page. Asked once more, that is given up, too.
  stop() {
    const half = [...this.#under.keys()].filter(({ state }) => state !== "storing");
    const all = !half.length && !this.#waiting.length;
    for (const item of all ? [...this.#under.keys()] : half) {
      const { request, timer } = this.#under.get(item);
      this.#under.delete(item);
      clearTimeout(timer);
      item.unsure = item.state === "sending" || item.state === "storing";
      request?.abort();
      this.#waiting.push(item);
    }
    for (const item of this.#waiting) Object.assign(item, { state: "stopped", sent: 0, note: "" });
    this.#waiting = [];
    this.#release();
    this.#changed();
  }

  // Send again what was not stored and may be, if it is sent again.
  retry() {
    for (const item of this.items) {
      if (!item.again || !wasLost(item)) continue;
      Object.assign(item, { state: "waiting", reason: "", tries: 0, unsure: false });
      this.#waiting.push(item);
    }
    return this.resume();
  }

  // Go on after what stopped all; it may stop all again.
  async resume() {
    const { halt } = this;
    try {
      if (halt?.kind === "login") await renewToken();
    } catch (error) {
      if (this.halt !== halt) return;
      if (error.status !== 401) this.#hold({ kind: "lost", text: LOST });
      this.#changed();
      return;
    }
    if (this.halt !== halt) return; // stopped meanwhile, or halted for another reason
    this.#release();
    this.#go();
  }

  #release() {
    clearTimeout(this.#knocking);
    this.halt = null;
  }

  // Where the server is not there, it is looked again and again whether it is back.
  #hold(halt) {
    this.#release();
    this.halt = halt;
    if (halt.kind === "lost") this.#knock(0);
  }

  #knock(n) {
    const { halt } = this;
    this.#knocking = setTimeout(async () => {
      const back = await isThere();
      if (this.halt !== halt) return;
      if (back) this.resume();
      else this.#knock(n + 1);
    }, KNOCKS[Math.min(n, KNOCKS.length - 1)]);
  }

  #go() {
    while (!this.halt && this.#waiting.length && this.#under.size < AT_ONCE) this.#send(this.#waiting.shift());
    this.#changed();
  }

  // Whether this is what is done about the item still: it may have been stopped meanwhile, and be sent again.
  #isOn(item, turn) {
    return this.#under.get(item) === turn;
  }

  #send(item) {
    const request = new XMLHttpRequest();
    const turn = { request };
    let silence = 0;
    let over = false;
    const hear = () => {
      clearTimeout(silence);
      silence = setTimeout(() => end(() => this.#broken(item, turn, 0)), SILENCE[item.state]);
    };
    const end = (then) => {
      clearTimeout(silence);
      if (over || !this.#isOn(item, turn)) return;
      over = true;
      request.abort();
      then();
    };
    Object.assign(item, { state: "sending", sent: 0, note: "", begun: performance.now() });
    this.#under.set(item, turn);
    request.open("PUT", `${this.#url}?name=${encodeURIComponent(item.name.replace(/\p{Surrogate}/gu, "_"))}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", token());
    request.upload.addEventListener("progress", ({ loaded }) => {
      if (over || !this.#isOn(item, turn)) return;
      item.sent = Math.min(loaded, item.file.size);
      hear();
      this.#changed();
    });
    request.upload.addEventListener("load", () => {
      if (over || !this.#isOn(item, turn)) return;
      Object.assign(item, { state: "storing", sent: item.file.size });
      hear();
      this.#changed();
    });
    request.addEventListener("load", () => {
      const { status, responseText } = request;
      end(() => this.#answered(item, turn, status, responseText));
    });
    request.addEventListener("error", () => end(() => this.#broken(item, turn, 0)));
    hear();
    request.send(item.file);
  }

  async #answered(item, turn, status, text) {
    let told = {};
    try {
      told = JSON.parse(text) ?? {};
    } catch {
      // A server in front of this one answers in words of its own.
    }
    const why = (told.error ?? "").replace(/。$/, "");
    if (status === 200 || status === 201) {
      const state = { known: "known", ignored: "ignored" }[told.state] ?? "saved";
      return this.#settle(item, turn, { state, sent: item.file.size, saved: { ...told, file: told.file ?? item.name } });
    }
    const halt = haltOf(status, why);
    if (halt) return this.#stand(item, turn, halt);
    if (PASSING.has(status)) return this.#broken(item, turn, status);
    if (status === 400 && !item.renewed) {
      item.renewed = true; // once: it may be the file's own fault
      const renewed = await renewToken().catch(() => false);
      if (!this.#isOn(item, turn)) return undefined;
      if (renewed) return this.#send(item);
    }
    const again = status !== 413 && status !== 403;
    return this.#settle(item, turn, { state: "failed", reason: reasonOf(status, why), again });
  }

  async #broken(item, turn, status) {
    const readable = await isReadable(item.file);
    if (!this.#isOn(item, turn)) return undefined;
    if (!readable) {
      const reason = "文件打不开：可能已移走、改过，或正被别的程序占用。请重新选择";
      return this.#settle(item, turn, { state: "failed", reason, again: false });
    }
    if (item.tries < WAITS.length) {
      Object.assign(item, { state: "waiting", sent: 0, note: "连接断了，稍后再试" });
      const timer = setTimeout(() => this.#send(item), WAITS[item.tries++]);
      this.#under.set(item, { timer });
      return this.#changed();
    }
    // Where the server answers something else, it is this file that does not get through.
    const there = await isThere();
    if (!this.#isOn(item, turn)) return undefined;
    if (!there) return this.#stand(item, turn, { kind: "lost", text: LOST });
    const why = status ? `服务器没有收下它（${status}），没有传完` : "传输中断，没有传完";
    return this.#settle(item, turn, { state: "failed", reason: `${why}。可以重试` });
  }

  #settle(item, turn, changes) {
    if (!this.#isOn(item, turn)) return;
    this.#under.delete(item);
    Object.assign(item, changes, { note: "" });
    this.#go();
  }

  // All of them wait, this one first.
  #stand(item, turn, halt) {
    if (!this.#isOn(item, turn)) return;
    this.#under.delete(item);
    Object.assign(item, { state: "waiting", sent: 0, tries: 0, note: "" });
    this.#waiting.unshift(item);
    this.#hold(halt);
    this.#changed();
  }
}
