// Keeps the changing part of a page up to date. Without it the page reloads itself.
// The server says by events that something is new, or the page asks every `data-every` ms; what is
// new is fetched as finished markup.
"use strict";

const part = document.getElementById("live");
const PAUSE_MS = 250; // several events in a row cause one look
const KINDS = ["status", "state", "test", "phase", "progress"];
let waiting = false;
let source = null;

function isOpen() {
  const state = part.querySelector("[data-open]");
  return state !== null && state.dataset.open === "yes";
}

function replace(markup) {
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...part.querySelectorAll("details[id]")].filter((one) => one.open);
  part.innerHTML = markup; // our own template's output, escaped by the server
  for (const one of open) document.getElementById(one.id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus();
}

async function refresh() {
  waiting = false;
  const answer = await fetch(part.dataset.url, { redirect: "error" });
  if (!answer.ok) return;
  replace(await answer.text());
  if (source && !isOpen()) source.close();
}

function soon() {
  if (waiting) return;
  waiting = true;
  setTimeout(() => refresh().catch(() => {}), PAUSE_MS);
}

if (part && part.dataset.every) {
  setInterval(() => document.hidden || refresh().catch(() => {}), Number(part.dataset.every));
} else if (part && isOpen()) {
  source = new EventSource(part.dataset.events);
  for (const kind of KINDS) source.addEventListener(kind, soon);
}
