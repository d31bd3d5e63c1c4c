// The photos of one item: what is chosen goes into the outbox and is sent from there, and the
// item's list follows what has arrived. Without this module, or where the browser cannot keep
// anything, the form of templates/enrolment/_capture.html sends its files at once.

import { read } from "./exif.js";
import { paint } from "./paint.js";
import { bind, person, wishes } from "./person.js";
import { Rows } from "./rows.js";
import { send } from "./sending.js";
import * as store from "./store.js";

// A photo as old as this, chosen with the camera's button, was just taken with it.
const FRESH = 10 * 60000;

// When it was taken, as the photo says; of one from the camera just now, as the phone says.
const taken = (file, content, input) => {
  const note = read(content);
  if (note && note.taken) return note.taken;
  const fresh = input.hasAttribute("capture") && Math.abs(Date.now() - file.lastModified) < FRESH;
  return fresh ? new Date(file.lastModified).toISOString() : null;
};

class Capture {
  constructor(form) {
    this.form = form;
    this.unsent = [];
    this.refused = 0;
    this.pressed = null;
    this.wanted = null;
    const { enrolment, key } = form.elements;
    this.rows = new Rows(form.querySelector("[data-queue]"), {
      belongs: (photo) => photo.enrolment === enrolment.value && photo.item === key.value,
      arrived: () => this.refresh(),
      changed: (photos) => this.follow(photos),
    });
    form.querySelector("[data-capture]").className = "cap";
    form.querySelector("[data-plain]").remove();
    form.querySelector("[data-first]").hidden = false;
    bind(form.querySelector("#paint"), "paint");
    for (const input of form.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => this.take(input));
    }
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  // Keeps what was chosen before anything else is done with it.
  async take(input) {
    const files = [...input.files];
    const told = this.form.querySelector("[data-told]");
    told.textContent = "";
    const kept = [];
    for (const file of files) {
      try {
        kept.push(await this.keep(file, await new Response(file).arrayBuffer(), input));
      } catch {
        told.textContent = this.form.dataset.full;
      }
    }
    input.value = "";
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    for (const photo of kept.filter((each) => each.held)) await paint(photo);
    send();
  }

  keep(file, content, input) {
    const { enrolment, key } = this.form.elements;
    return store.add(
      {
        person: person(),
        enrolment: enrolment.value,
        item: key.value,
        place: this.form.dataset.place,
        page: this.form.dataset.page,
        name: file.name,
        type: file.type,
        size: file.size,
        captured: taken(file, content, input),
        raw: true,
        held: file.type.startsWith("image/") && Boolean(wishes().paint),
      },
      content,
    );
  }

  // Puts what the server has of the item in the place of what the page showed.
  async refresh() {
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["#standing", "#evidence", "#fits"]) {
      const fresh = page.querySelector(part);
      const old = document.querySelector(part);
      if (fresh && old) old.replaceWith(document.importNode(fresh, true));
    }
  }

  follow(photos) {
    this.unsent = photos.filter((photo) => !photo.refused);
    const turnedDown = this.refused < photos.length - this.unsent.length;
    this.refused = photos.length - this.unsent.length;
    const told = this.form.querySelector("[data-told]");
    if (this.wanted && this.unsent.some((photo) => photo.held)) {
      told.textContent = this.form.dataset.held;
    } else if (this.wanted && (turnedDown || !this.unsent.length)) {
      // Turned down meanwhile, it needs another look before the item is sent.
      const button = this.wanted;
      this.wanted = null;
      told.textContent = "";
      if (!turnedDown) button.click();
    }
  }

  // An item is sent when its photos have arrived, not before.
  hold(event) {
    const button = this.pressed || event.target.querySelector(".btns [type=submit]");
    if (!this.unsent.length || button.hasAttribute("formaction")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.wanted = button;
    const held = this.unsent.some((photo) => photo.held);
    this.form.querySelector("[data-told]").textContent = this.form.dataset[held ? "held" : "then"];
    this.form.scrollIntoView();
    send();
  }
}

const captures = new WeakMap();

const here = () => {
  const form = document.querySelector("form[data-upload]");
  return form ? captures.get(form) : null;
};

const prepare = async () => {
  if (!(await store.works())) return;
  const form = document.querySelector("form[data-upload]");
  if (form && !captures.has(form)) captures.set(form, new Capture(form));
};

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest && event.target.closest("#answer [type=submit]");
    if (button && here()) here().pressed = button;
  },
  true,
);

document.addEventListener(
  "submit",
  (event) => {
    if (event.target.id === "answer" && here()) here().hold(event);
  },
  true,
);

document.addEventListener("htmx:load", prepare);
prepare();
