// A page whose session has ended says so and stays as it is, with what was typed in it. Somebody signs in again
// in another tab; then the forms here get what they must carry, and go on. Nothing typed is stored anywhere.
(() => {
  "use strict";
  const notice = document.getElementById("session-ended");
  const { check, user } = notice.dataset;
  const EVERY = 60000;
  const WAITS = 3000;

  const say = () => { notice.hidden = false; };
  const ask = async () => {
    // The header is htmx's: what a page asks by itself is no use of the session.
    const asked = { cache: "no-store", headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(WAITS) };
    return (await fetch(check, asked)).json();
  };
  // Whether what is on the page may be sent: "yes", "no", or "" where the portal is away, which is another thing.
  const look = async () => {
    let session;
    try {
      session = await ask();
    } catch {
      return notice.hidden ? "" : "no";
    }
    if (session.user === null) {
      say();
    } else if (String(session.user) !== user) {
      location.reload(); // what is here was for somebody else
    } else {
      for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = session.token;
      notice.hidden = true;
      return "yes";
    }
    return "no";
  };

  document.body.addEventListener("session-ended", say); // an answer to htmx says it
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  new BroadcastChannel("session").addEventListener("message", look);
  setInterval(look, EVERY);

  // What was typed is not sent before the session is known to go on: the answer would be the login, and it
  // would be gone. Where nobody answers in time, the form is sent as it is.
  const TYPED = "input:not([type=hidden]), select, textarea";
  let sent = null;
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (sent === form) return void (sent = null);
    if (notice.hidden && !form.querySelector(TYPED)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.asks) return; // a second press
    form.dataset.asks = "yes";
    const { goes: answered = "" } = form.dataset; // away.js has just had an answer, be it not to this question
    const goes = await look() || answered;
    delete form.dataset.asks;
    if (goes === "no") return void notice.querySelector("a").focus();
    form.dataset.goes = goes; // away.js need not ask once more, or the two would ask each other for ever
    sent = form;
    form.requestSubmit(event.submitter);
  }, true);
})();
