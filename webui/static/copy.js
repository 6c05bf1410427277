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

// The old way: what is selected in a text area. The selection and the focus are as before afterwards.
function copySelected(text) {
  const focused = document.activeElement;
  const selection = document.getSelection();
  const ranges = Array.from({ length: selection.rangeCount }, (_, n) => selection.getRangeAt(n));
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  area.readOnly = true; // or a phone shows its keyboard
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
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

// Copy a text and say so. Resolves to whether it is in the clipboard.
export async function copy(text) {
  let done = false;
  try {
    if (navigator.clipboard && window.isSecureContext) {
      await navigator.clipboard.writeText(text);
      done = true;
    }
  } catch {
    done = false; // forbidden here: the old way may not be
  }
  done = done || copySelected(text);
  say(done ? "已复制" : "浏览器不让复制，请选中文字后按 Ctrl+C");
  return done;
}
