// What a reader of a run's page has scrolled stays there, and is told what is new.
(() => {
  "use strict";
  const announcement = document.getElementById("announcement");
  const scrolled = new Map();
  document.body.addEventListener("htmx:beforeSwap", () => {
    for (const rows of document.querySelectorAll(".tall[id]")) scrolled.set(rows.id, rows.scrollTop);
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    for (const [id, top] of scrolled) document.getElementById(id)?.scrollTo(0, top);
  });

  // Said aloud only where it is another sentence: most polls move a number.
  document.body.addEventListener("htmx:afterSettle", () => {
    const now = document.querySelector("[data-announcement]")?.dataset.announcement;
    if (announcement && now !== undefined && announcement.textContent !== now) announcement.textContent = now;
  });
})();
