// The answer to a form is stored nowhere, so going back to it would ask to send the form again.
// As the address of a GET, it opens the empty form instead.
history.replaceState(null, "", location.href);
