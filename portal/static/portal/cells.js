// In the tables of a dossier one cell at a time is a stop of the keyboard; arrows move between them. A click, or
// `c` on the cell that has the focus, copies its bare value, never its heading, and a status says so.
(() => {
  "use strict";
  const CELLS = "table.data td[data-bare]";
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const status = document.getElementById("copied");

  const stop = (cell) => {
    for (const other of cell.closest("table").querySelectorAll("td[tabindex='0']")) other.tabIndex = -1;
    cell.tabIndex = 0;
  };
  const begin = (within) => {
    for (const table of within.querySelectorAll("table.data")) {
      const first = table.querySelector("td[data-bare]");
      if (first && !table.querySelector("td[tabindex='0']")) first.tabIndex = 0;
    }
  };
  const beside = (cell, [down, right]) => {
    const rows = [...cell.closest("table").querySelectorAll("tr:has(td[data-bare])")];
    const row = rows[rows.indexOf(cell.parentElement) + down];
    return row && row.querySelectorAll("td[data-bare]")[[...cell.parentElement.children].indexOf(cell) + right];
  };
  const copy = async (cell) => {
    try {
      await navigator.clipboard.writeText(cell.dataset.bare);
    } catch {
      status.textContent = status.dataset.failed;
      return;
    }
    status.textContent = `${status.dataset.done} ${cell.dataset.bare}`;
    cell.classList.add("copied");
    setTimeout(() => cell.classList.remove("copied"), 1200);
  };

  document.addEventListener("click", (event) => {
    const cell = event.target.closest(CELLS);
    if (!cell || !getSelection().isCollapsed) return; // who marks text copies by themselves
    stop(cell);
    cell.focus({ preventScroll: true });
    copy(cell);
  });
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest && event.target.closest(CELLS);
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "c") return void copy(cell);
    const next = event.key in STEPS && beside(cell, STEPS[event.key]);
    if (!next) return;
    event.preventDefault();
    stop(next);
    next.focus();
  });
  document.body.addEventListener("htmx:afterSettle", () => begin(document));
  begin(document);
})();
