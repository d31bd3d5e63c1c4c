// A list of photos of the outbox, kept up to date: the picture, where it stands, what can be done.

import { paint } from "./paint.js";
import { person } from "./person.js";
import { send, standing } from "./sending.js";
import * as store from "./store.js";

const words = () => document.getElementById("outbox-words").dataset;

const made = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
};

export class Rows {
  // `belongs` says which photos are shown, `arrived` is waited for before an arrived one goes.
  constructor(list, { belongs, arrived = null, linked = false, changed = null }) {
    Object.assign(this, { list, belongs, arrived, linked, changed });
    this.rows = new Map();
    this.turn = Promise.resolve();
    this.listen = (event) => this.hear(event.detail);
    document.addEventListener("outbox", this.listen);
    this.render();
  }

  hear(detail) {
    if (!this.list.isConnected) return document.removeEventListener("outbox", this.listen);
    if (detail.kind === "progress") return this.progress(detail);
    if (detail.kind === "arrived" && this.arrived && this.belongs(detail.photo)) {
      this.turn = this.turn.then(() => this.arrived(detail.photo)).catch(() => {});
    }
    return this.render();
  }

  // One after the other: what is stored is asked between two changes of the list, not during one.
  render() {
    this.turn = this.turn.then(() => this.update()).catch(() => {});
    return this.turn;
  }

  async update() {
    const photos = (await store.of(person())).filter(this.belongs);
    const left = new Set(photos.map((photo) => photo.id));
    for (const [id, row] of this.rows) {
      if (left.has(id) && row.key === photos.find((photo) => photo.id === id).key) continue;
      URL.revokeObjectURL(row.address);
      row.element.remove();
      this.rows.delete(id);
    }
    for (const photo of photos) {
      if (!this.rows.has(photo.id)) await this.add(photo);
      this.fill(this.rows.get(photo.id), photo);
    }
    if (this.changed) this.changed(photos);
  }

  async add(photo) {
    const row = { key: photo.key, element: made("li"), words: made("div"), address: "" };
    row.element.dataset.photo = photo.id;
    if (photo.type.startsWith("image/")) {
      const image = made("img");
      row.address = URL.createObjectURL(new Blob([await store.content(photo.id)], { type: photo.type }));
      Object.assign(image, { src: row.address, alt: "", width: 104, height: 78 });
      image.addEventListener("error", () => this.undrawn(row, photo, image));
      row.element.append(image);
    } else {
      row.element.append(made("p", "mut", photo.name));
    }
    row.element.append(row.words);
    this.rows.set(photo.id, row);
    this.list.append(row.element);
  }

  // Not every phone can open every picture, nor every file that calls itself one.
  undrawn(row, photo, image) {
    URL.revokeObjectURL(row.address);
    Object.assign(row, { address: "", shape: null });
    image.replaceWith(made("p", "mut", photo.name));
    this.render();
  }

  fill(row, photo) {
    const state = photo.refused ? "refused" : photo.held ? "held" : "waiting";
    if (state === "waiting" && row.bar && standing.state === "sending") return;
    const told = { refused: photo.refused, held: words().held, waiting: waiting() }[state];
    const shape = `${state} ${told} ${photo.size}`;
    if (row.shape === shape) return;
    Object.assign(row, { shape, bar: null });
    const title = made("p");
    if (this.linked) {
      const way = made("a", "", photo.place);
      way.href = photo.page;
      title.append(way, " ");
    } else title.append(made("strong", "", `${words().photo} `));
    title.append(made("span", "mut", `${Math.max(1, Math.round(photo.size / 1024))} kB`));
    row.text = made("p", state === "refused" ? "govuk-error-message" : "mut", told);
    row.words.textContent = "";
    row.words.append(title, row.text);
    const button = (label, act) => {
      const pressed = made("button", "lnk-btn", label);
      pressed.type = "button";
      pressed.addEventListener("click", () => act(pressed));
      row.words.append(pressed, " ");
    };
    if (state === "held") button(words().asItIs, () => release(photo, { held: false }));
    if (state === "refused") button(words().retry, () => release(photo, { refused: null, url: null }));
    if (row.address) button(words().paint, () => paint(photo));
    button(words().remove, (pressed) => remove(photo, pressed));
  }

  progress({ id, share }) {
    const row = this.rows.get(id);
    if (!row || !row.text) return;
    row.shape = null;
    if (!row.bar) {
      row.bar = made("progress");
      row.bar.max = 100;
      row.bar.setAttribute("aria-label", words().sending);
      row.text.before(row.bar);
    }
    row.bar.value = share;
    row.text.className = "mut";
    row.text.textContent = share < 100 ? `${words().sending} ${share} %` : words().checking;
  }
}

const waiting = () => {
  if (standing.state === "signin") return words().signin;
  if (standing.state === "later") return standing.sentence || words().later;
  return words().waiting;
};

const release = async (photo, changes) => {
  await store.change(photo.id, changes);
  send();
};

// Deleting a photo that nobody else has takes a second tap.
const remove = async (photo, pressed) => {
  if (!pressed.dataset.sure) {
    pressed.dataset.sure = "1";
    pressed.textContent = words().sure;
    return;
  }
  store.tell({ kind: "stop", id: photo.id });
  await store.remove(photo.id);
};
