// The server says when the next try is and since when a source is asked; here it counts, without asking again,
// by the server's clock. The tab's title tells the state; while nobody looks, the end waits to be looked at.
(() => {
  "use strict";
  const { done } = document.currentScript.dataset;
  const progress = () => document.getElementById("progress");
  const told = () => document.querySelector("[data-polls]") === null;
  let ahead = 0; // the server's clock before ours, in milliseconds
  let ended = told();

  const seconds = (from, to) => Math.max(0, Math.ceil((to - from) / 1000));
  const count = () => {
    const now = Date.now() + ahead;
    for (const next of document.querySelectorAll("[data-countdown]")) {
      next.textContent = next.dataset.countdown.replace("{}", seconds(now, Date.parse(next.dataset.at)));
    }
    for (const lane of document.querySelectorAll("[data-since]")) {
      lane.textContent = lane.dataset.elapsed.replace("{}", seconds(Date.parse(lane.dataset.since), now));
    }
  };
  const tellHidden = (title) => {
    document.title = title;
    if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    try {
      new Notification(title, { tag: location.pathname });
    } catch { /* where only a service worker may: the title has said it */ }
  };
  const refresh = () => {
    ahead = Date.parse(progress().dataset.now) - Date.now();
    document.title = progress().dataset.title;
    if (told() && !ended) tellHidden(progress().dataset.title);
    ended = told();
    count();
  };

  // To whom looks the dossier opens at once. A hidden tab says that it ended, and opens it when it is looked at.
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    const dossier = event.detail.xhr.getResponseHeader("HX-Redirect");
    if (!dossier || !document.hidden) return;
    event.preventDefault();
    progress().removeAttribute("data-polls");
    ended = true;
    tellHidden(done);
    document.addEventListener("visibilitychange", () => location.assign(dossier), { once: true });
  });
  document.body.addEventListener("htmx:afterSwap", refresh);
  setInterval(count, 500);
  refresh();
})();
