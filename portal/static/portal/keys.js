// Single keys: what says data-key is focused where it is a field, and clicked where it is not. `?` opens the list of
// them, where they can be turned off too (WCAG 2.1.4); that choice is all that is remembered.
(() => {
  "use strict";
  const list = document.getElementById("keys");
  const choice = list.querySelector("[name=keys]");
  const FIELDS = "input, select, textarea, [contenteditable]";
  choice.checked = localStorage.getItem("keys") !== "off";
  choice.closest("label").hidden = false;

  choice.addEventListener("change", () => localStorage.setItem("keys", choice.checked ? "on" : "off"));
  document.querySelector('[data-key="?"]').addEventListener("click", (event) => {
    event.preventDefault();
    list.showModal();
  });
  document.addEventListener("keydown", (event) => {
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat;
    if (event.key.length !== 1 || modified || event.defaultPrevented || !choice.checked) return;
    if (event.target.closest(FIELDS) || document.querySelector("dialog[open]")) return;
    const aim = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!aim) return;
    event.preventDefault();
    if (aim.matches(FIELDS)) aim.focus();
    else aim.click();
  });
})();
