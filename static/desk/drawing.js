// Circles and arrows on the picture, by pointer, touch or keys. They lie in the form's field
// "marks", in thousandths of the upright picture; the picture itself is never changed.

import { drawn, told } from "./mark.js";

const MOST = 20;
const STEP = 25;
const ids = { photo: "photo", field: "marks", list: "drawn", how: "drawing-how" };
const at = (name) => document.getElementById(ids[name]);
const between = (value, least, most) => Math.min(Math.max(Math.round(value), least), most);

let tool = null;
// What is being drawn and not yet set.
let draft = null;

const marks = () => {
  try {
    const found = JSON.parse(at("field").value || "[]");
    const known = at("field").dataset.pieces.split(" ");
    return found.filter((each) => known.includes(String(each.piece)));
  } catch {
    return [];
  }
};

const piece = () => Number(document.querySelector("#decision [name=piece]").value);

const paint = () => {
  const photo = at("photo");
  if (!photo || !at("field")) return;
  const layer = photo.querySelector(".drawn");
  for (const old of layer.querySelectorAll(".own")) old.remove();
  const height = Number(photo.dataset.height);
  const turn = Number(photo.dataset.turn);
  const all = draft ? [...marks(), draft] : marks();
  all.forEach((mark, index) => {
    if (mark.piece === piece()) layer.append(drawn(mark, index + 1, height, turn));
  });
};

const store = (found) => {
  const field = at("field");
  field.value = found.length ? JSON.stringify(found) : "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  show();
};

const show = () => {
  const list = at("list");
  if (!list) return;
  list.textContent = "";
  const known = at("field").dataset.pieces.trim().split(" ");
  marks().forEach((mark, index) => {
    const line = document.createElement("li");
    const number = document.createElement("strong");
    number.textContent = index + 1;
    const words = document.createElement("span");
    words.textContent = `${told(mark, list.dataset, known.indexOf(String(mark.piece)) + 1)} `;
    const away = document.createElement("button");
    away.type = "button";
    away.className = "lnk-btn";
    away.textContent = list.dataset.away;
    away.addEventListener("click", () => store(marks().filter((_, other) => other !== index)));
    words.append(away);
    line.append(number, words);
    list.append(line);
  });
  paint();
};

const choose = (next) => {
  tool = tool === next ? null : next;
  draft = null;
  for (const button of document.querySelectorAll("[data-draw]")) {
    button.setAttribute("aria-pressed", String(button.dataset.draw === tool));
  }
  at("how").hidden = !tool;
  at("photo").classList.toggle("is-drawing", Boolean(tool));
  if (tool) {
    const far = tool === "circle" ? [150, 150] : [150, -150];
    draft = { piece: piece(), kind: tool, x: 500, y: 500, dx: far[0], dy: far[1] };
    at("photo").parentElement.focus({ preventScroll: true });
  }
  paint();
};

const set = () => {
  const found = marks();
  const { kind, dx, dy } = draft;
  const seen = kind === "circle" ? dx >= 10 && dy >= 10 : Math.max(Math.abs(dx), Math.abs(dy)) >= 10;
  if (seen && found.length < MOST) store([...found, draft]);
  choose(null);
};

// Where a pointer is on the upright picture, however it is turned and large.
const point = (event) => {
  const photo = at("photo");
  const matrix = photo.firstElementChild.getScreenCTM().inverse();
  const found = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  return [between((found.x / 800) * 1000, 0, 1000), between((found.y / Number(photo.dataset.height)) * 1000, 0, 1000)];
};

const stretch = (from, to) => {
  if (tool === "arrow") return { piece: piece(), kind: tool, x: to[0], y: to[1], dx: from[0] - to[0], dy: from[1] - to[1] };
  const [dx, dy] = [0, 1].map((each) => Math.round(Math.abs(to[each] - from[each]) / 2));
  return { piece: piece(), kind: tool, x: Math.round((from[0] + to[0]) / 2), y: Math.round((from[1] + to[1]) / 2), dx, dy };
};

let began = null;

document.addEventListener("pointerdown", (event) => {
  const photo = event.target.closest(`#${ids.photo}`);
  if (!photo || !tool || event.button > 0) return;
  event.preventDefault();
  photo.setPointerCapture(event.pointerId);
  began = point(event);
});

document.addEventListener("pointermove", (event) => {
  if (!began || !tool) return;
  draft = stretch(began, point(event));
  paint();
});

document.addEventListener("pointerup", (event) => {
  if (!began || !tool) return;
  draft = stretch(began, point(event));
  began = null;
  set();
});

document.addEventListener("pointercancel", () => {
  began = null;
  if (tool) choose(null);
});

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SIZES = { "+": 1.2, "=": 1.2, "-": 1 / 1.2 };

// An arrow keeps both its ends on the picture.
const kept = (mark) =>
  mark.kind === "circle" ? mark : { ...mark, dx: between(mark.x + mark.dx, 0, 1000) - mark.x, dy: between(mark.y + mark.dy, 0, 1000) - mark.y };

document.addEventListener(
  "keydown",
  (event) => {
    if (!tool || !draft || !event.target.closest("#photo-box")) return;
    const { key } = event;
    if (MOVES[key]) {
      const [right, down] = MOVES[key];
      draft = kept({ ...draft, x: between(draft.x + right * STEP, 0, 1000), y: between(draft.y + down * STEP, 0, 1000) });
    } else if (SIZES[key]) {
      const [dx, dy] = [draft.dx, draft.dy].map((each) => Math.sign(each) * between(Math.abs(each) * SIZES[key], 20, 500));
      draft = kept({ ...draft, dx, dy });
    } else if (key === "Enter") {
      set();
    } else if (key === "Escape") {
      choose(null);
    } else {
      return;
    }
    event.preventDefault();
    paint();
  },
  true,
);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-draw]");
  if (button) choose(button.dataset.draw);
});

const prepare = () => {
  const field = at("field");
  if (!field || !at("photo") || field.dataset.ready) return;
  field.dataset.ready = "1";
  tool = null;
  draft = null;
  began = null;
  for (const button of document.querySelectorAll("[data-draw]")) button.hidden = false;
  show();
};

document.addEventListener("htmx:load", prepare);
prepare();
