// Keeps what a page tells of runs up to date: soon after something moved, less often while nothing does.
(() => {
  "use strict";
  const SOON = 2000, SELDOM = 10000, SLOWER = 1.5, HIDDEN = 60000, LOST = 30000;
  const offline = document.getElementById("offline");
  const announcement = document.getElementById("announcement");
  const polled = () => document.querySelector("[data-polls]");
  let delay = SOON;
  let timer = null;

  const poll = () => {
    if (!polled()) return;
    timer = setTimeout(poll, LOST); // a poll that never comes back does not end the polling
    htmx.trigger(polled(), "poll");
  };
  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(poll, document.hidden ? HIDDEN : delay);
  };

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr.status;
    delay = status === 200 ? SOON : Math.min(delay * SLOWER, SELDOM);
    offline.hidden = status > 0 && status < 500;
    schedule();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? schedule() : poll()));

  // What is scrolled stays where it was.
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

  schedule();
})();
