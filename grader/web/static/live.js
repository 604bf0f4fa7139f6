// Keeps an unfinished submission's part of the page up to date. Without it the page reloads itself.
// The server says by events that something is new; what is new is fetched as finished markup.
"use strict";

const part = document.getElementById("live");
const PAUSE_MS = 250; // several events in a row cause one look
let waiting = false;
let source = null;

function isOpen() {
  const state = part.querySelector("[data-open]");
  return state !== null && state.dataset.open === "yes";
}

async function refresh() {
  waiting = false;
  const answer = await fetch(part.dataset.url, { redirect: "error" });
  if (!answer.ok) return;
  part.innerHTML = await answer.text(); // our own template's output, escaped by the server
  if (!isOpen()) source.close();
}

function soon() {
  if (waiting) return;
  waiting = true;
  setTimeout(() => refresh().catch(() => {}), PAUSE_MS);
}

if (part && isOpen()) {
  source = new EventSource(part.dataset.events);
  for (const kind of ["status", "state", "test", "phase"]) source.addEventListener(kind, soon);
}
