// Files that people hand over: chosen in a box of the browser's, or dropped, with all that is in their folders.
//
// What is found comes in batches {files: [{name, file}], skipped, closed, folders}: `name` with the folders above it,
// how many were passed over as hidden or the system's, the names of those that cannot be opened (of folders with "/" at
// the end), and of all folders. A loop that is left ends the search.

// As the index passes over them; the server has the last word.
const PASSED_OVER = [
  /^\./,
  /^~\$/,
  /~$/,
  /\.(tmp|bak)$/,
  /^(thumbs\.db|desktop\.ini|__macosx|\$recycle\.bin|system volume information)$/i,
];

function isPassedOver(path) {
  return path.split("/").some((part) => PASSED_OVER.some((pattern) => pattern.test(part)));
}

function nothing() {
  return { files: [], skipped: 0, closed: [], folders: [] };
}

function put(found, name, file) {
  if (isPassedOver(name)) found.skipped++;
  else found.files.push({ name, file });
}

// What was chosen: files, or a folder with all that is in it.
export function chosen(files) {
  const found = nothing();
  for (const file of files) put(found, file.webkitRelativePath || file.name, file);
  return found;
}

function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

// A folder is read in pieces (of a hundred in Chromium): the last one is empty.
async function* piecesOf(folder) {
  const reader = folder.createReader();
  for (;;) {
    const piece = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!piece.length) return;
    yield piece;
  }
}

async function sort(entries, above, found, open) {
  const files = entries.filter((entry) => entry.isFile && !isPassedOver(entry.name));
  const folders = entries.filter((entry) => entry.isDirectory && !isPassedOver(entry.name));
  found.skipped += entries.length - files.length - folders.length;
  open.push(...folders.map((folder) => ({ folder, path: above + folder.name })));
  const opened = await Promise.allSettled(files.map(fileOf));
  for (const [n, { value }] of opened.entries()) {
    const name = above + files[n].name;
    if (value) put(found, name, value);
    else found.closed.push(name);
  }
}

// What the browser shows of a drop, to be taken at once: when the event is over it is gone.
function takeEntries(data) {
  const entries = [];
  const files = [];
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry?.();
    if (entry) entries.push(entry);
    else if (item.getAsFile()) files.push(item.getAsFile());
  }
  return { entries, files };
}

async function* within(entries) {
  const open = [];
  let found = nothing();
  await sort(entries, "", found, open);
  yield found;
  while (open.length) {
    const { folder, path } = open.pop();
    found = nothing();
    found.folders.push(path);
    try {
      for await (const piece of piecesOf(folder)) {
        await sort(piece, `${path}/`, found, open);
        yield found;
        found = nothing();
      }
    } catch {
      found.closed.push(`${path}/`);
    }
    yield found;
  }
}

// What was dropped, batch by batch.
export function dropped(data) {
  const { entries, files } = takeEntries(data);
  return (async function* () {
    if (files.length) yield chosen(files);
    yield* within(entries);
  })();
}
