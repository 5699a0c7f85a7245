// Asks how the request gets on: soon after something moved, less often while nothing does.
(() => {
  "use strict";
  const SOON = 350, SELDOM = 2000, SLOWER = 1.2, HIDDEN = 15000, LOST = 10000;
  const progress = () => document.getElementById("progress");
  const offline = document.getElementById("offline");
  let delay = SOON;
  let timer = null;

  const poll = () => {
    if (!progress().hasAttribute("hx-get")) return;
    timer = setTimeout(poll, LOST); // a poll that never comes back does not end the polling
    htmx.trigger(progress(), "poll");
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
  document.addEventListener("visibilitychange", schedule);

  // The server says when the next try is; here it counts down, without asking again.
  const countDown = () => {
    for (const next of document.querySelectorAll("[data-countdown]")) {
      const left = Math.ceil((Date.parse(next.dataset.at) - Date.now()) / 1000);
      next.textContent = next.dataset.countdown.replace("{}", Math.max(0, left));
    }
  };
  setInterval(countDown, 500);
  document.body.addEventListener("htmx:afterSwap", countDown);

  schedule();
})();
