// Hides what depends on another answer until that answer is given. Without this file it all shows, and the server decides.
for (const part of document.querySelectorAll("[data-shown-if]")) {
  const form = part.closest("form");
  const values = part.dataset.shownValues.split(" ");
  const update = () => {
    const chosen = new FormData(form).getAll(part.dataset.shownIf);
    part.hidden = !chosen.some((value) => values.includes(value)) && !part.querySelector(".govuk-error-message");
  };
  form.addEventListener("change", update);
  addEventListener("pageshow", update);
  update();
}
