// The upload form: drop files onto it, see what is missing or too large before the upload, follow
// how far the upload is, and keep the chosen files when the session has ended meanwhile.
"use strict";

const WAIT = "Nothing was sent yet. ";

function setUp(form) {
  const field = form.querySelector("input[type=file]");
  const said = form.querySelector(".chosen");
  const button = form.querySelector("button");
  const bar = form.querySelector("progress");

  function stem(name) {
    return name.replace(/\.(py|ipynb)$/, "").replaceAll("-", "_");
  }

  // Lenient: "layers (1).py" counts as a copy, and a notebook may stand for a module. Whether a
  // name does is decided when it has arrived.
  function complaints(files) {
    const limit = Number(form.dataset.maxBytes);
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const found = [];
    if (size > limit) {
      const mb = Math.ceil(size / 1e5) / 10;
      found.push(`Too large: ${mb} MB, and at most ${limit / 1e6} MB are allowed.`);
    }
    if (!files.length || files.some((file) => /\.(zip|ipynb)$/i.test(file.name))) return found;
    const missing = form.dataset.required.split(" ").filter(Boolean).filter((path) => {
      const name = path.split("/").pop();
      return !files.some((file) => file.name === name || stem(file.name).includes(stem(name)));
    });
    if (missing.length) found.push(`Missing: ${missing.join(", ")}.`);
    return found;
  }

  function tell() {
    const files = [...field.files];
    const found = complaints(files);
    said.classList.toggle("bad", found.length > 0);
    const names = files.map((file) => file.name).join(", ");
    said.textContent = found.join(" ") || names || "Or drop the files onto this box.";
    button.disabled = found.length > 0;
  }

  function busy(on) {
    button.disabled = on;
    button.setAttribute("aria-busy", String(on));
    bar.hidden = !on;
    if (on) said.textContent = "Uploading; stay on this page.";
  }

  function failed(...parts) {
    busy(false);
    said.classList.add("bad");
    said.replaceChildren(WAIT, ...parts);
  }

  function signInElsewhere() {
    const link = document.createElement("a");
    Object.assign(link, { href: "/sign-in", target: "_blank", textContent: "Sign in in another tab" });
    failed("You are signed out. ", link, ", then press the button again; your files stay chosen.");
  }

  // The page once more: whether somebody is signed in, and the proof that the form is theirs.
  async function refreshed() {
    const answer = await fetch(form.action, { headers: { Accept: "text/html" } });
    if (answer.redirected) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("form.upload input[name=form_token]");
    if (token) form.querySelector("input[name=form_token]").value = token.value;
    return true;
  }

  function show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    document.querySelector("main").replaceWith(page.querySelector("main"));
    const again = document.querySelector("form.upload");
    if (again) setUp(again);
    document.querySelector("[role=alert]")?.scrollIntoView();
  }

  function send() {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = event.loaded / event.total;
      const percent = Math.floor((100 * event.loaded) / event.total);
      said.textContent = percent < 100 ? `${percent}% uploaded; stay on this page.` : "Uploaded; being checked.";
    });
    request.addEventListener("load", () => {
      if (request.status === 200 && request.responseURL !== form.action) location = request.responseURL;
      else show(request.responseText);
    });
    request.addEventListener("error", () => failed("The connection was lost. Try again."));
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.send(new FormData(form));
  }

  async function submit(event) {
    event.preventDefault();
    busy(true);
    try {
      if (await refreshed()) send();
      else signInElsewhere();
    } catch {
      failed("The service cannot be reached. Try again.");
    }
  }

  tell();
  form.addEventListener("submit", submit);
  addEventListener("pageshow", () => { busy(false); tell(); }); // come back to by the browser's own button
  field.addEventListener("change", tell);
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    form.addEventListener(name, () => form.classList.remove("over"));
  }
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    field.files = event.dataTransfer.files;
    tell();
  });
}

const form = document.querySelector("form.upload");
if (form) setUp(form);
