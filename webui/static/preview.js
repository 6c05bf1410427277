// The section of the hit in focus, beside the list where there is room; its neighbours are fetched ahead.

const pane = document.getElementById("preview");
const hits = [...document.querySelectorAll(".hit[data-preview]")];
const room = window.matchMedia("(min-width: 80rem)");
const fetched = new Map(); // address -> promise of its HTML, escaped by the server
let shown = pane ? hits[0] : null;
const told = document.createElement("p"); // there before it says anything, or it is not read out
told.className = "unseen";
told.setAttribute("role", "status");

function get(hit) {
  const url = hit.dataset.preview;
  if (!fetched.has(url)) {
    const asked = fetch(url).then((response) => {
      if (!response.ok && response.status !== 404) throw new Error(response.statusText);
      return response.text();
    });
    asked.catch(() => fetched.delete(url)); // to be tried again
    fetched.set(url, asked);
  }
  return fetched.get(url);
}

async function show(hit) {
  if (!room.matches || hit === shown) return;
  shown?.classList.remove("shown");
  shown = hit;
  hit.classList.add("shown");
  try {
    const html = await get(hit);
    if (shown !== hit) return;
    pane.innerHTML = html;
    told.textContent = "";
    pane.scrollTop = 0;
    const mark = pane.querySelector(".text mark");
    if (mark) {
      const down = mark.getBoundingClientRect().bottom - pane.getBoundingClientRect().top;
      if (down > pane.clientHeight * 0.8) pane.scrollTop = down - pane.clientHeight / 2;
    }
  } catch {
    if (shown !== hit) return;
    pane.textContent = "连不上稿库，这一段没有取到。连通以后再点一次。";
    told.textContent = pane.textContent;
    hit.classList.remove("shown");
    shown = null;
  }
  const at = hits.indexOf(hit);
  for (const near of [hits[at + 1], hits[at - 1]]) if (near) get(near).catch(() => {});
}

if (pane && hits.length) {
  document.body.append(told);
  fetched.set(hits[0].dataset.preview, Promise.resolve(pane.innerHTML));
  hits[0].classList.add("shown");
  const focused = (element) => element.closest?.(".hit[data-preview]");
  document.addEventListener("focusin", (event) => {
    const hit = focused(event.target);
    if (hit) show(hit);
  });
  document.addEventListener("click", (event) => {
    const hit = focused(event.target);
    if (!hit || event.target.closest("a, button, summary") || !getSelection().isCollapsed) return;
    hit.querySelector(".place").focus({ preventScroll: true });
  });
  const current = focused(document.activeElement); // on the way back
  if (current) show(current);
}
