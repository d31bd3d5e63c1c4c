// Hides faces and number plates under the finger. What is painted over becomes large squares of one
// colour each, too few for anybody to get back what was there; then the photo in the outbox is
// replaced, so that the first one is nowhere any more.

import { send } from "./sending.js";
import { drawn, jpeg, renamed } from "./shrink.js";
import * as store from "./store.js";

// So many squares along the long edge, so many colours of each primary.
const SQUARES = 40;
const STEPS = 16;

class Painting {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.first = this.pen.getImageData(0, 0, canvas.width, canvas.height);
    this.size = Math.max(8, Math.ceil(Math.max(canvas.width, canvas.height) / SQUARES));
    this.hidden = new Set();
    this.last = null;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.last = this.at(event);
      this.stroke(this.last);
    });
    canvas.addEventListener("pointermove", (event) => this.last && this.stroke(this.at(event)));
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, () => (this.last = null));
    }
  }

  at(event) {
    const frame = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - frame.left) * this.canvas.width) / frame.width,
      y: ((event.clientY - frame.top) * this.canvas.height) / frame.height,
    };
  }

  // A finger is some 32 px wide on the screen, however large the photo.
  get reach() {
    const scale = this.canvas.width / this.canvas.getBoundingClientRect().width;
    return Math.max(this.size, 16 * scale);
  }

  stroke(to) {
    const steps = Math.ceil(Math.hypot(to.x - this.last.x, to.y - this.last.y) / this.size) || 1;
    for (let n = 1; n <= steps; n++) {
      this.dab(
        this.last.x + ((to.x - this.last.x) * n) / steps,
        this.last.y + ((to.y - this.last.y) * n) / steps,
      );
    }
    this.last = to;
  }

  dab(x, y) {
    const { size, reach } = this;
    for (let left = Math.floor((x - reach) / size); left * size <= x + reach; left++) {
      for (let top = Math.floor((y - reach) / size); top * size <= y + reach; top++) {
        const near = Math.hypot((left + 0.5) * size - x, (top + 0.5) * size - y) <= reach;
        if (near) this.hide(left * size, top * size);
      }
    }
  }

  hide(left, top) {
    const { width, height } = this.canvas;
    const place = `${left} ${top}`;
    if (left < 0 || top < 0 || left >= width || top >= height || this.hidden.has(place)) return;
    this.hidden.add(place);
    const right = Math.min(left + this.size, width);
    const bottom = Math.min(top + this.size, height);
    const sum = [0, 0, 0];
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        for (let n = 0; n < 3; n++) sum[n] += this.first.data[4 * (y * width + x) + n];
      }
    }
    const number = (right - left) * (bottom - top);
    const grain = 256 / STEPS;
    const colour = sum.map((each) => Math.floor(each / number / grain) * grain + grain / 2);
    this.pen.fillStyle = `rgb(${colour.join(",")})`;
    this.pen.fillRect(left, top, right - left, bottom - top);
  }

  undo() {
    this.hidden.clear();
    this.pen.putImageData(this.first, 0, 0);
  }
}

// Opens a photo to be painted over; resolves when it is closed again. Meanwhile it is not sent.
export const paint = async (photo) => {
  store.tell({ kind: "stop", id: photo.id });
  if (!(await store.change(photo.id, { held: true }))) return;
  const frame = document.getElementById("painter").content.cloneNode(true).querySelector("dialog");
  const told = frame.querySelector("[role=status]");
  const canvas = await drawn(await store.content(photo.id), photo.type);
  const painting = canvas && new Painting(canvas);
  if (canvas) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", told.dataset.canvas);
    frame.querySelector("[data-photo]").append(canvas);
  } else told.textContent = told.dataset.unreadable;
  frame.querySelector("[value=done]").disabled = !canvas;
  frame.querySelector("[value=undo]").disabled = !canvas;
  document.body.append(frame);
  if (frame.showModal) frame.showModal();
  else frame.setAttribute("open", "");
  await new Promise((resolve) => {
    const close = () => {
      frame.remove();
      resolve();
    };
    const cancel = async () => {
      await store.change(photo.id, { held: photo.held });
      close();
    };
    const done = async () => {
      if (!painting.hidden.size) return cancel();
      const content = await jpeg(canvas, 0.9);
      if (!content) return void (told.textContent = told.dataset.unreadable);
      await store.change(
        photo.id,
        {
          ...{ key: store.newKey(), url: null, raw: false, held: false, refused: null },
          ...{ type: "image/jpeg", name: renamed(photo.name), size: content.byteLength },
        },
        content,
      );
      close();
    };
    const acts = { done, cancel, undo: () => painting.undo() };
    frame.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) acts[button.value]();
    });
    frame.addEventListener("cancel", (event) => {
      event.preventDefault();
      cancel();
    });
  });
  send();
};
