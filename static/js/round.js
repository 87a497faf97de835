// A wing round or a wing visit by keys: Enter ticks and goes on, arrows go from line to line, Ctrl and Enter save. Without this file Tab and Space do.
const form = document.querySelector("[data-round]");
form?.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key === "Enter" && event.ctrlKey) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  const row = target.closest("tbody tr");
  const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[key];
  if (!row || !step || event.altKey || event.shiftKey) return;
  if (target.tagName !== "INPUT" && !(target.tagName === "SELECT" && key === "Enter")) return;
  event.preventDefault();
  if (key === "Enter" && target.name.startsWith("seen_") && !target.checked) target.click();
  if (key === "Enter" && target.type === "text") target.dispatchEvent(new Event("change", { bubbles: true }));
  const rows = Array.from(form.querySelectorAll("tbody tr"));
  const next = rows[rows.indexOf(row) + step];
  if (next) field(next, key === "Enter" ? null : target.name.split("_")[0]).focus();
  else if (step === 1) form.querySelector("button.govuk-button:not([type=button])").focus();
});

// The field of that kind in a line, else the one that it begins with.
function field(row, kind) {
  return (kind && row.querySelector(`input[name^="${kind}_"]`)) || row.querySelector("input, select");
}
