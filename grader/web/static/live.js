// Keeps an unfinished submission's part of the page up to date. Without it the page reloads itself.
"use strict";

const part = document.getElementById("live");
const PAUSE_MS = 700;
const PAUSE_AFTER_ERROR_MS = 4000;

function isOpen() {
  const state = part.querySelector("[data-open]");
  return state !== null && state.dataset.open === "yes";
}

async function refresh() {
  let pause = PAUSE_MS;
  try {
    const answer = await fetch(part.dataset.url, { redirect: "error" });
    if (!answer.ok) throw new Error(answer.statusText);
    const text = await answer.text();
    if (text !== part.dataset.shown) {
      part.innerHTML = text; // our own template's output, escaped by the server
      part.dataset.shown = text;
    }
  } catch {
    pause = PAUSE_AFTER_ERROR_MS;
  }
  if (isOpen()) setTimeout(refresh, pause);
}

if (part && isOpen()) setTimeout(refresh, PAUSE_MS / 2);
