// Reading what was stored into the index: asked for, followed to its end, and what went wrong with it.

import { follow, post } from "./runs.js";

const GONE = "连不上稿库，正在重试";
const AGAIN = "服务器重新启动过，没有读完的接着读";

// What an answer that is none, or says no, means for who waits for it.
export function troubleOf({ status, told }) {
  if (told) return told;
  if (status === 403) return "被网络上的安全设备拦下。请告诉管理员。";
  return status ? `服务器没有办成（${status}）。` : "连不上稿库。";
}

export class Reading {
  now = null; // {text, done, total} while a run reads what was stored
  trouble = ""; // why what was stored is not read
  needsLogIn = false; // nothing is known until somebody has logged in again
  #url;
  #changed;
  #number = 0; // of the run that was asked for; 0: not known
  #version = 0;
  #first = 0; // files that it was to read when that was known first
  #turn = 0; // what was followed before is no longer listened to

  constructor({ url, changed }) {
    this.#url = url;
    this.#changed = changed;
  }

  async start() {
    this.now = { text: "等待读入", done: 0, total: 0 };
    this.#forget();
    const turn = this.#turn;
    this.#changed();
    try {
      const runs = await post(this.#url, { what: "uploads" });
      if (turn !== this.#turn) return;
      this.#number = runs.started ?? 0;
      this.#version = runs.version ?? 0;
      this.#follow();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.needsLogIn = error.status === 401;
      if (!this.needsLogIn) {
        this.now = null;
        this.trouble = `${troubleOf(error)}存好的文件还没有读入，可以再读一次。`;
      }
    }
    this.#changed();
  }

  // Somebody has logged in again: it goes on where it was.
  resume() {
    if (!this.needsLogIn) return;
    if (this.#version) this.#follow();
    else this.start();
  }

  async stop() {
    try {
      await post(`${this.#url}/stop`);
      this.trouble = "";
    } catch (error) {
      this.trouble = `${troubleOf(error)}读入没有停下。`;
    }
    this.#changed();
  }

  #forget() {
    this.#turn++;
    this.trouble = "";
    this.needsLogIn = false;
    this.#number = this.#version = this.#first = 0;
  }

  #follow() {
    const turn = ++this.#turn;
    this.needsLogIn = false;
    follow(this.#url, `${this.#url}/events`, (runs, status) => turn !== this.#turn || this.#seen(runs, status));
  }

  // What the server tells of its runs; true: enough. What was stored is read when the run that was asked for is over,
  // or none goes on or waits any more, whoever asked for it.
  #seen(runs, status) {
    const over = runs ? this.#tell(runs) : this.#lost(status);
    this.#changed();
    return over;
  }

  #lost(status) {
    this.needsLogIn = status === 401;
    this.now.text = this.needsLogIn ? "登录已过期" : GONE;
    return this.needsLogIn;
  }

  #tell({ busy, version, text, done, total, last }) {
    if (version < this.#version) {
      // Another server process: it counts from the beginning, and may not know of the run.
      this.start().then(() => {
        if (this.now) this.now.text = AGAIN;
      });
      return true;
    }
    this.#version = version;
    if (busy && !(this.#number && last?.number >= this.#number)) {
      this.#first ||= total;
      const inside = total > this.#first && done < total ? "，含压缩包里的文件" : "";
      this.now = { text: text + inside, done, total };
      return false;
    }
    if (last && last.state !== "done") this.trouble = last.text;
    this.now = null;
    return true;
  }
}
