// How far files on their way have come, in figures and in words.

import { amount } from "./rows.js";

const EARLY = 3000; // milliseconds in which nobody can tell how long it takes

const count = (n) => n.toLocaleString("zh-CN");

// Bytes and files that have to be sent, and have been; files that were not, and may be sent again.
export function sumsOf(items) {
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

// Tells how long it takes still by how fast bytes went since it was begun, or was last paused.
export class Pace {
  #at = 0;
  #sent = 0;

  // To be told of each moment.
  note(isMoving, sent) {
    if (!isMoving) this.#at = 0;
    else if (!this.#at || sent < this.#sent) [this.#at, this.#sent] = [Date.now(), sent];
  }

  // "，约剩 2 分钟"; "" where nobody can tell.
  left({ sent, all }) {
    const took = Date.now() - this.#at;
    const went = sent - this.#sent;
    if (!this.#at || took < EARLY || went <= 0) return "";
    const seconds = ((all - sent) / went) * (took / 1000);
    if (seconds < 5) return "";
    if (seconds < 55) return `，约剩 ${Math.ceil(seconds / 10) * 10} 秒`;
    return seconds < 3600 ? `，约剩 ${Math.ceil(seconds / 60)} 分钟` : `，约剩 ${Math.ceil(seconds / 3600)} 小时`;
  }
}

export function told(sums, left) {
  const { value, unit } = amount(sums.all);
  const went = amount(sums.sent, sums.all).value;
  const failed = sums.failed ? `；${count(sums.failed)} 个没有上传` : "";
  return `已上传 ${count(sums.done)} / ${count(sums.files)} 个文件，${went} / ${value} ${unit}${left}${failed}`;
}
