// Text to the clipboard, over plain HTTP as well, where browsers give pages no clipboard of their own.

const said = document.createElement("p");
said.className = "said";
said.setAttribute("role", "status"); // there before it says anything, or it is not read out
document.body.append(said);

let silence = 0;

// Say something calmly: for a moment, and to those who listen instead of looking.
export function say(text) {
  clearTimeout(silence);
  said.textContent = text;
  silence = setTimeout(() => said.replaceChildren(), 2500);
}

const LINES = ":is(h2, h3, h4, h5, h6), p, tr";

// Headings, paragraphs and rows of tables in an element, as they are copied: {text, html}. Text has tabs between
// the cells of a row, as programs for tables take it; those for texts take tables from HTML alone ("": no table).
export function written(element) {
  const lines = [...element.querySelectorAll(LINES)].filter((line) => line.textContent.trim());
  const text = lines.map((line) => (line.cells ? cellsOf(line).join("\t") : line.textContent)).join("\n");
  return { text, html: lines.some((line) => line.cells) ? plain(lines) : "" };
}

function cellsOf(row) {
  return [...row.cells].map((cell) => cell.textContent);
}

// Without what the page has of its own: classes, marks, links.
function plain(lines) {
  const copied = document.createElement("div");
  for (const [n, line] of lines.entries()) {
    if (!line.cells) {
      add(copied, line.localName, line.textContent);
      continue;
    }
    const before = lines[n - 1];
    const goesOn = before?.cells && before.closest("table") === line.closest("table");
    const table = goesOn ? copied.lastChild : add(copied, "table");
    table.border = "1";
    const row = add(table, "tr");
    for (const cell of line.cells) add(row, cell.localName, cell.textContent);
  }
  return copied.innerHTML;
}

function add(parent, name, text = "") {
  const child = document.createElement(name);
  child.textContent = text;
  parent.append(child);
  return child;
}

// The same with a line behind it.
export function endedBy(line, { text, html }) {
  if (!html) return { text: `${text}\n${line}`, html };
  const last = document.createElement("div");
  add(last, "p", line);
  return { text: `${text}\n${line}`, html: html + last.innerHTML };
}

// The old way: what is selected in a text area. The selection and the focus are as before afterwards.
function copySelected(text, html) {
  const focused = document.activeElement;
  const selection = document.getSelection();
  const ranges = Array.from({ length: selection.rangeCount }, (_, n) => selection.getRangeAt(n));
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  area.readOnly = true; // or a phone shows its keyboard
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const fill = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.clipboardData.setData("text/html", html);
    event.preventDefault(); // or what is selected is put there instead
  };
  if (html) area.addEventListener("copy", fill);
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  area.remove();
  selection.removeAllRanges();
  for (const range of ranges) selection.addRange(range);
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return done;
}

async function write(text, html) {
  if (!html || typeof ClipboardItem === "undefined" || !navigator.clipboard.write) {
    return navigator.clipboard.writeText(text);
  }
  const blobs = Object.entries({ "text/plain": text, "text/html": html }).map(([type, data]) => [
    type,
    new Blob([data], { type }),
  ]);
  return navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
}

// Copy a text, and the same as HTML where it has tables, and say so. Resolves to whether it is in the clipboard.
export async function copy({ text, html = "" }) {
  let done = false;
  try {
    if (navigator.clipboard && window.isSecureContext) {
      await write(text, html);
      done = true;
    }
  } catch {
    done = false; // forbidden here: the old way may not be
  }
  done = done || copySelected(text, html);
  say(done ? "已复制" : "浏览器不让复制，请选中文字后按 Ctrl+C");
  return done;
}
