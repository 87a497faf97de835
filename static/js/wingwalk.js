// All pages work without this file. It wakes the components that are better with it.
import { initAll } from "../built/govuk-frontend.min.js";

// Terminals are shared: nothing may rest in the browser's storage. htmx, which runs after this, would keep the page's address there; it asks
// first whether it can, and goes without.
Storage.prototype.setItem = () => {
  throw new DOMException("Nothing is stored in the browser.", "QuotaExceededError");
};

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// What htmx brings in later has components of its own.
document.body.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) {
    initAll({ scope: event.target });
  }
});

// "Print this page" is no use without a script, so it is shown only now.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A note that names the number of somebody else is read by everybody who reads this record: say so while it is written.
const NUMBER = /(?<![a-z0-9])[a-z][0-9]{4}[a-z]{2}(?![a-z0-9])/gi;
for (const area of document.querySelectorAll("[data-own-number]")) {
  const hint = document.createElement("p");
  hint.className = "govuk-hint ww-hint--warning";
  hint.setAttribute("role", "status");
  area.after(hint);
  const look = () => {
    const others = (area.value.match(NUMBER) || []).map((number) => number.toUpperCase());
    const other = others.find((number) => number !== area.dataset.ownNumber);
    hint.textContent = other ? `${other} is the number of somebody else. Whoever reads this record will read about that person too.` : "";
  };
  area.addEventListener("input", look);
  look();
}
