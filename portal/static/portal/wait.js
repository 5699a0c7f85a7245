// The server says when the next try is; here it counts down, without asking again.
(() => {
  "use strict";
  const countDown = () => {
    for (const next of document.querySelectorAll("[data-countdown]")) {
      const left = Math.ceil((Date.parse(next.dataset.at) - Date.now()) / 1000);
      next.textContent = next.dataset.countdown.replace("{}", Math.max(0, left));
    }
  };
  setInterval(countDown, 500);
  document.body.addEventListener("htmx:afterSwap", countDown);
})();
