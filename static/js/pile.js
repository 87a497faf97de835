// A pile of slips: Enter goes to the next line, and on an empty line it saves; where lines may be skipped (data-pile="all"), on the last.
// Without this file Enter saves at once.
const form = document.querySelector("[data-pile]");
form?.addEventListener("keydown", (event) => {
  const row = event.target.closest("tr");
  if (event.key !== "Enter" || event.ctrlKey || event.target.tagName !== "INPUT" || !row) return;
  const next = row.nextElementSibling?.querySelector("input");
  const empty = Array.from(row.querySelectorAll("input")).every((field) =>
    field.type === "checkbox" ? !field.checked : !field.value.trim(),
  );
  if ((empty && form.dataset.pile !== "all") || !next) return;
  event.preventDefault();
  event.target.dispatchEvent(new Event("change", { bubbles: true }));
  next.focus();
});
