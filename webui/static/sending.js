// Files on their way to the server, two at a time: each with a state of its own, and what stops all of them.
//
// States: waiting, sending (`sent` bytes of it), storing (all of it sent), then saved, known (it was there already),
// ignored (the index passes over such names), failed (`reason`) or stopped.

const AT_ONCE = 2;
const WAITS = [1000, 4000]; // milliseconds before each further try where the connection broke
const SILENCE = { sending: 90_000, storing: 600_000 }; // milliseconds without a sign, after which it has broken
const PASSING = new Set([0, 408, 425, 429, 502, 503, 504]); // nothing is wrong with the file
const ENDS_ALL = new Set([401, 403, 507]); // nor would any other be taken

const LOST = "连不上稿库。没有上传的文件还在列表里，连通以后可以继续。";
const EXPIRED = "登录已过期。请重新登录，再回到这里继续；没有上传的文件还在列表里。";

const meta = document.querySelector("meta[name=csrf-token]");

export const token = () => meta.content;

// The page's token is of one session: after another log-in there is another. Resolves to the status of the answer.
export async function renewToken() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (answer.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    meta.content = page.querySelector("meta[name=csrf-token]")?.content ?? meta.content;
  }
  return answer.status;
}

async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false; // moved, changed or locked since it was chosen
  }
}

export class Sending {
  items = [];
  halt = null; // {kind: "login", "lost" or "refused", text} while nothing is sent
  #waiting = [];
  #under = new Map(); // what is under way: item -> request, or the timer of its next try
  #url;
  #limit;
  #changed;

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

  add(files) {
    for (const { name, file } of files) {
      const item = { name, file, state: "waiting", sent: 0, tries: 0, note: "", reason: "", saved: null, again: true };
      this.items.push(item);
      if (file.size > this.#limit.bytes) {
        Object.assign(item, { state: "failed", reason: `超过 ${this.#limit.text}，没有上传`, again: false });
      } else this.#waiting.push(item);
    }
    this.#go();
  }

  clear() {
    this.items = [];
  }

  // End what is under way; what was not sent is told as stopped.
  stop() {
    for (const [item, work] of this.#under) {
      this.#waiting.push(item);
      if (work instanceof XMLHttpRequest) work.abort();
      else clearTimeout(work);
    }
    this.#under.clear();
    for (const item of this.#waiting) Object.assign(item, { state: "stopped", sent: 0, note: "" });
    this.#waiting = [];
    this.halt = null;
    this.#changed();
  }

  // Send again what was not stored and may be, if it is sent again.
  retry() {
    for (const item of this.items) {
      if (!item.again || (item.state !== "failed" && item.state !== "stopped")) continue;
      Object.assign(item, { state: "waiting", reason: "", tries: 0 });
      this.#waiting.push(item);
    }
    this.resume();
  }

  // Go on after what stopped all; it may stop all again.
  async resume() {
    try {
      if (this.halt?.kind === "login" && (await renewToken()) === 401) return this.#changed();
    } catch {
      this.halt = { kind: "lost", text: LOST };
      return this.#changed();
    }
    this.halt = null;
    this.#go();
  }

  #go() {
    while (!this.halt && this.#waiting.length && this.#under.size < AT_ONCE) this.#send(this.#waiting.shift());
    this.#changed();
  }

  #send(item) {
    const request = new XMLHttpRequest();
    let silence = 0;
    const hear = () => {
      clearTimeout(silence);
      silence = setTimeout(() => end(() => this.#broken(item, 0)), SILENCE[item.state]);
    };
    const end = (then) => {
      clearTimeout(silence);
      if (this.#under.get(item) !== request) return; // stopped, or ended already
      this.#under.set(item, null);
      request.abort();
      then();
    };
    Object.assign(item, { state: "sending", sent: 0, note: "" });
    this.#under.set(item, request);
    request.open("PUT", `${this.#url}?name=${encodeURIComponent(item.name.replace(/\p{Surrogate}/gu, "_"))}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", token());
    request.upload.addEventListener("progress", ({ loaded }) => {
      item.sent = Math.min(loaded, item.file.size);
      hear();
      this.#changed();
    });
    request.upload.addEventListener("load", () => {
      Object.assign(item, { state: "storing", sent: item.file.size });
      hear();
      this.#changed();
    });
    request.addEventListener("load", () => {
      const { status, responseText } = request;
      end(() => this.#answered(item, status, responseText));
    });
    request.addEventListener("error", () => end(() => this.#broken(item, 0)));
    hear();
    request.send(item.file);
  }

  async #answered(item, status, text) {
    let told = {};
    try {
      told = JSON.parse(text);
    } catch {
      // A server in front of this one answers in words of its own.
    }
    if (status === 200 || status === 201) {
      const state = { known: "known", ignored: "ignored" }[told.state] ?? "saved";
      return this.#settle(item, { state, sent: item.file.size, saved: told });
    }
    if (PASSING.has(status)) return this.#broken(item, status);
    if (ENDS_ALL.has(status)) {
      const kind = status === 401 ? "login" : "refused";
      return this.#stand(item, { kind, text: kind === "login" ? EXPIRED : (told.error ?? LOST) });
    }
    if (status === 400 && !item.renewed) {
      const old = token();
      item.renewed = true; // once: it may be the file's own fault
      await renewToken().catch(() => {});
      if (this.#under.has(item) && token() !== old) return this.#send(item);
    }
    return this.#settle(item, { state: "failed", reason: told.error ?? `服务器没有接受（${status}），可以重试` });
  }

  async #broken(item, status) {
    if (!(await isReadable(item.file))) {
      const reason = "文件打不开：可能已移走、改过，或正被别的程序占用。请重新选择";
      return this.#settle(item, { state: "failed", reason, again: false });
    }
    if (!this.#under.has(item)) return undefined; // stopped meanwhile
    if (item.tries < WAITS.length) {
      Object.assign(item, { state: "waiting", sent: 0, note: "连接断了，稍后再试" });
      const timer = setTimeout(() => this.#send(item), WAITS[item.tries++]);
      this.#under.set(item, timer);
      return this.#changed();
    }
    // Where the server answers something else, it is this file that does not get through.
    const there = !status && (await fetch(location.pathname, { method: "HEAD" }).then(() => true, () => false));
    if (!there) return this.#stand(item, { kind: "lost", text: LOST });
    return this.#settle(item, { state: "failed", reason: "传输中断，没有传完。可以重试" });
  }

  #settle(item, changes) {
    if (!this.#under.delete(item)) return; // stopped meanwhile
    Object.assign(item, changes, { note: "" });
    this.#go();
  }

  // All of them wait, this one first.
  #stand(item, halt) {
    if (!this.#under.delete(item)) return;
    Object.assign(item, { state: "waiting", sent: 0, tries: 0, note: "" });
    this.#waiting.unshift(item);
    this.halt = halt;
    this.#changed();
  }
}
