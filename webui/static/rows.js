// The list of files on their way: a row each. Of thousands only those are drawn that matter now.

const MOST = 200; // rows, and those that failed
const BEFORE = 10; // of them in front of the first one that is under way
const SETTLED = new Set(["saved", "known", "ignored", "failed", "stopped"]);

const UNITS = ["字节", "KB", "MB", "GB"];

// Bytes in a unit that suits `most` of them: "4.2"; with the unit: "4.2 MB".
export function amount(bytes, most = bytes) {
  const step = Math.min(Math.floor(Math.log2(Math.max(most, 1)) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** step;
  return { value: step && value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("zh-CN"), unit: UNITS[step] };
}

export function size(bytes) {
  const { value, unit } = amount(bytes);
  return `${value} ${unit}`;
}

function stateOf({ state, sent, file, name, note, reason, saved }) {
  const percent = file.size ? Math.floor((sent / file.size) * 100) : 0;
  switch (state) {
    case "waiting": return note || "等待";
    case "sending": return `上传中 ${percent}%`;
    case "storing": return "保存中";
    case "saved": return saved.file && saved.file !== name ? `已保存为 ${saved.file}` : "已保存";
    case "known": return "已在库中";
    case "ignored": return "跳过：隐藏文件或系统文件";
    case "stopped": return "已停止，没有上传";
    default: return `没有保存：${reason}`;
  }
}

function makeRow(item) {
  const row = document.createElement("li");
  const name = document.createElement("bdi");
  const bytes = document.createElement("span");
  const state = document.createElement("span");
  name.textContent = name.title = item.name;
  bytes.className = "n";
  bytes.textContent = size(item.file.size);
  state.className = "state";
  row.append(name, bytes, state);
  return row;
}

// Which of the items are drawn: all of a few; of many those that failed, and those round the first under way.
function chosenOf(items, onlyFailed) {
  if (onlyFailed) return items.filter(({ state }) => state === "failed" || state === "stopped").slice(0, MOST * 10);
  if (items.length <= MOST) return items;
  const now = items.findIndex(({ state }) => !SETTLED.has(state));
  const from = now < 0 ? items.length - MOST : Math.max(0, now - BEFORE);
  return items.filter(({ state }, n) => state === "failed" || (n >= from && n < from + MOST));
}

export function makeRows(list) {
  const rows = new Map(); // item -> {row, told: what it says}

  function tell(item) {
    const known = rows.get(item);
    const told = stateOf(item);
    if (known.told === told) return;
    known.told = told;
    known.row.className = item.state;
    known.row.lastChild.textContent = told;
  }

  // Draw the items as they are now; returns how many stand in front of and behind those that are drawn.
  return function draw(items, { onlyFailed = false } = {}) {
    const drawn = chosenOf(items, onlyFailed);
    const wanted = new Set(drawn);
    for (const [item, { row }] of rows) {
      if (wanted.has(item)) continue;
      row.remove();
      rows.delete(item);
    }
    let at = list.firstElementChild;
    for (const item of drawn) {
      if (!rows.has(item)) rows.set(item, { row: makeRow(item), told: "" });
      tell(item);
      const { row } = rows.get(item);
      if (row === at) at = at.nextElementSibling;
      else list.insertBefore(row, at);
    }
    const left = items.filter((item) => !wanted.has(item));
    const after = onlyFailed ? 0 : left.filter(({ state }) => !SETTLED.has(state)).length;
    return { before: onlyFailed ? 0 : left.length - after, after };
  };
}
