// A button that stops what others may wait for asks once more.

const SURE = 8000; // milliseconds in which what was asked twice has to be answered

for (const button of document.querySelectorAll("[data-sure]")) {
  const words = button.textContent;
  const said = button.form.querySelector("[role=status]");
  let timer = 0;
  const tell = (text, told = "") => {
    button.textContent = text;
    said.textContent = told;
  };
  button.form.addEventListener("submit", (event) => {
    if (timer) return;
    event.preventDefault();
    tell(button.dataset.sure, button.dataset.sure);
    timer = setTimeout(() => {
      timer = 0;
      tell(words);
    }, SURE);
  });
}
