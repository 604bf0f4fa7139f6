// Launches in a frame of an LMS: a value that a frame of the LMS keeps for us where cookies do not
// work, forms that go on by themselves, and the window that closes after a registration.
"use strict";

const PATIENCE_MS = 3000;

// The frame of the LMS that keeps values: the page around us, or one of its frames by name.
function keeper(name) {
  const outer = window.parent !== window ? window.parent : window.opener;
  if (!outer) return null;
  if (name === "_parent") return outer;
  try {
    return outer.frames[name] || outer;
  } catch {
    return outer;
  }
}

function instead(element) {
  element.querySelector("[data-instead]")?.removeAttribute("hidden");
  element.querySelector("[data-wait]")?.setAttribute("hidden", "");
}

// Ask the frame for something; its answer comes as a message from the one origin that we trust. A
// late one is as good, but people are shown the other way meanwhile.
function ask(element, message) {
  const { frame, origin } = element.dataset;
  const id = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
  const target = keeper(frame);
  const late = setTimeout(() => instead(element), PATIENCE_MS);
  return new Promise((resolve, reject) => {
    window.addEventListener("message", (event) => {
      if (event.origin !== origin || event.data?.message_id !== id) return;
      clearTimeout(late);
      if (event.data.error) reject(new Error("refused"));
      else resolve(event.data.value);
    });
    if (target) target.postMessage({ ...message, message_id: id }, origin);
    else reject(new Error("no frame"));
  });
}

async function put(element) {
  const { key, value, to } = element.dataset;
  try {
    await ask(element, { subject: "lti.put_data", key, value });
    window.location.replace(to);
  } catch {
    instead(element);
  }
}

async function get(element) {
  const form = element.querySelector("form");
  try {
    form.elements.browser.value = await ask(element, {
      subject: "lti.get_data",
      key: element.dataset.key,
    });
    form.submit();
  } catch {
    instead(element);
  }
}

document.querySelectorAll("[data-lti-put]").forEach(put);
document.querySelectorAll("[data-lti-get]").forEach(get);
document.querySelectorAll("form[data-lti-submit]").forEach((form) => form.submit());
document.querySelectorAll("[data-lti-close]").forEach((element) => {
  (window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, element.dataset.origin);
});
