// A form that cannot reach the portal stays as it was typed, says so, and is sent by itself once the portal is back.
(() => {
  "use strict";
  const notice = document.getElementById("away");
  const { check } = notice.dataset;
  const AGAIN = 3000;
  const PATIENCE = 10000;
  let waiting = null; // the form, and the button that sends it
  let timer = null;

  const answers = async () => {
    try {
      const asked = { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
      return (await fetch(check, asked)).status < 500;
    } catch {
      return false;
    }
  };
  const send = ({ form, by }) => {
    waiting = null;
    form.dataset.goes = "yes"; // the portal has just answered: session.js hands it back when it has asked too
    form.requestSubmit(by);
    delete form.dataset.goes;
  };
  const look = async () => {
    clearTimeout(timer);
    notice.hidden = await answers();
    if (!notice.hidden) timer = setTimeout(look, AGAIN);
    else if (waiting) send(waiting);
  };

  document.addEventListener("submit", (event) => {
    const { goes } = event.target.dataset; // the portal has just answered, here or to session.js
    delete event.target.dataset.goes;
    if (goes || event.defaultPrevented || event.target.method === "dialog") return;
    event.preventDefault();
    const isAsked = waiting !== null && notice.hidden; // just now, by the click before
    waiting = { form: event.target, by: event.submitter };
    if (!isAsked) look();
  });
  document.body.addEventListener("htmx:sendError", () => {
    if (!document.getElementById("offline")) look(); // a page that polls says it itself
  });
})();
