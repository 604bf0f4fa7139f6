// Dropping files onto the form, and telling before the upload what is missing or too large.
"use strict";

const form = document.querySelector("form.upload");
const field = form.querySelector("input[type=file]");
const said = form.querySelector(".chosen");

function complaints(files) {
  const limit = Number(form.dataset.maxBytes);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const found = [];
  if (size > limit) {
    found.push(`${(size / 1e6).toFixed(1)} MB is more than the ${limit / 1e6} MB allowed.`);
  }
  const packed = files.some((file) => /\.zip$/i.test(file.name));
  if (!packed && files.length) {
    const stems = files.map((file) => file.name.replace(/\.(py|ipynb)$/, ""));
    const missing = form.dataset.required.split(" ").filter(Boolean).filter((path) => {
      const name = path.split("/").pop();
      const stem = name.replace(/\.py$/, "");
      // "layers (1).py" counts as a copy; whether a name does is decided when it has arrived.
      return !stems.some((sent) => sent.includes(stem)) && !files.some((file) => file.name === name);
    });
    if (missing.length) found.push(`Missing: ${missing.join(", ")}.`);
  }
  return found;
}

function tell() {
  const files = [...field.files];
  const found = complaints(files);
  said.classList.toggle("bad", found.length > 0);
  const names = files.map((file) => file.name).join(", ");
  said.textContent = found.join(" ") || names || "Or drop the files onto this box.";
}

function busy(on) {
  const button = form.querySelector("button");
  button.disabled = on;
  button.setAttribute("aria-busy", String(on));
  const size = [...field.files].reduce((sum, file) => sum + file.size, 0);
  if (on) said.textContent = `Uploading ${(size / 1e6).toFixed(1)} MB; stay on this page.`;
}

tell();
form.addEventListener("submit", () => busy(true));
addEventListener("pageshow", () => busy(false)); // come back to by the browser's own button

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
