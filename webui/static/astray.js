// Files that are dropped on a page that takes none: the browser would leave it for them. Where files can be added at
// all, it leads to where; the page cannot take them along.

const isOfFiles = (event) => event.dataTransfer?.types.includes("Files");
const takesThem = document.getElementById("drop") !== null;
const way = document.querySelector("main a[href$='/add']");

if (!takesThem) {
  for (const kind of ["dragenter", "dragover"]) {
    window.addEventListener(kind, (event) => {
      if (!isOfFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = way ? "copy" : "none";
    });
  }
  window.addEventListener("drop", (event) => {
    if (!isOfFiles(event)) return;
    event.preventDefault();
    if (way) location.assign(`${way.href}#again`);
  });
}
