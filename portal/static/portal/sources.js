// Keeps the sources' health up to date: every few seconds while somebody looks, else seldom.
(() => {
  "use strict";
  const SHOWN = 7000, HIDDEN = 60000;
  const offline = document.getElementById("offline");
  let timer = null;

  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(poll, document.hidden ? HIDDEN : SHOWN);
  };
  const poll = () => {
    schedule();
    htmx.trigger("#health", "poll");
  };

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr.status;
    offline.hidden = status > 0 && status < 500;
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? schedule() : poll()));

  schedule();
})();
