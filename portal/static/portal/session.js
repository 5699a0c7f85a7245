// A page whose session has ended says so and stays as it is, with what was typed in it. Somebody signs in again
// in another tab; then the forms here get what they must carry, and go on. Nothing typed is stored anywhere.
(() => {
  "use strict";
  const notice = document.getElementById("session-ended");
  const { check, user } = notice.dataset;
  const EVERY = 60000;
  const WAITS = 3000;

  const say = () => { notice.hidden = false; };
  const look = async () => {
    let session;
    try {
      // The header is htmx's: what a page asks by itself is no use of the session.
      session = await (await fetch(check, { cache: "no-store", headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(WAITS) })).json();
    } catch {
      return; // the portal is away, which is another thing
    }
    if (session.user === null) return say();
    if (String(session.user) !== user) return location.reload(); // what is here was for somebody else
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = session.token;
    notice.hidden = true;
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
    await look();
    delete form.dataset.asks;
    if (!notice.hidden) return notice.querySelector("a").focus();
    sent = form;
    form.requestSubmit(event.submitter);
  }, true);
})();
