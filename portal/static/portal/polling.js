// Keeps the element that says data-polls up to date: soon after something moved, less often while
// nothing does, and seldom while nobody looks. The script's own element has the times, in milliseconds.
(() => {
  "use strict";
  const { soon, seldom, hidden, lost } = document.currentScript.dataset;
  const SLOWER = 1.2;
  const offline = document.getElementById("offline");
  const polled = () => document.querySelector("[data-polls]");
  let delay = Number(soon);
  let timer = null;

  const poll = () => {
    if (!polled()) return;
    timer = setTimeout(poll, Number(lost)); // a poll that never comes back does not end the polling
    htmx.trigger(polled(), "poll");
  };
  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(poll, document.hidden ? Number(hidden) : delay);
  };

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr.status;
    delay = status === 200 ? Number(soon) : Math.min(delay * SLOWER, Number(seldom));
    offline.hidden = status > 0 && status < 500;
    schedule();
  });
  const now = () => {
    clearTimeout(timer);
    poll();
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? schedule() : now()));
  addEventListener("online", now); // as after a laptop slept
  addEventListener("pageshow", (event) => { if (event.persisted) now(); });

  schedule();
})();
