// Tells the page that asked for this login (session.js) that it may go on.
new BroadcastChannel("session").postMessage("signed in");
