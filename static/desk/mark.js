// One mark as a drawing and in words, as the server draws and tells it.

const WIDTH = 800;
const BADGE = 26;
const HEAD = 46;
const OPEN = (28 * Math.PI) / 180;

const make = (name, attributes) => {
  const element = document.createElementNS(document.getElementById("photo").namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

const within = (value, whole) => Math.min(Math.max(value, BADGE), whole - BADGE);

const arrow = (x, y, dx, dy) => {
  const angle = Math.atan2(dy, dx);
  const strokes = [OPEN, -OPEN].map((turn) => `M${x} ${y}L${x + HEAD * Math.cos(angle + turn)} ${y + HEAD * Math.sin(angle + turn)}`);
  return `M${x + dx} ${y + dy}L${x} ${y} ${strokes.join(" ")}`;
};

export const drawn = (mark, number, height, turn) => {
  const [x, dx] = [mark.x, mark.dx].map((each) => (each * WIDTH) / 1000);
  const [y, dy] = [mark.y, mark.dy].map((each) => (each * height) / 1000);
  const circle = mark.kind === "circle";
  const group = make("g", { class: "own" });
  for (const [stroke, width] of [["#fff", 13], ["#a3271b", 7]]) {
    const line = { fill: "none", stroke, "stroke-width": width, "stroke-linecap": "round" };
    group.append(circle ? make("ellipse", { cx: x, cy: y, rx: dx, ry: dy, ...line }) : make("path", { d: arrow(x, y, dx, dy), ...line }));
  }
  const [left, top] = circle ? [x - dx, y - dy] : [x + dx, y + dy];
  const badge = make("g", { "data-badge": "", transform: `translate(${within(left, WIDTH)} ${within(top, height)}) rotate(${-turn})` });
  const text = make("text", { y: 10, "font-size": 28, "font-weight": 700, fill: "#fff", "text-anchor": "middle" });
  text.textContent = number;
  badge.append(make("circle", { r: BADGE, fill: "#fff" }), make("circle", { r: 23, fill: "#a3271b" }), text);
  group.append(badge);
  return group;
};

// The words of the nine parts are those of the choice without drawing.
const zone = (mark) => {
  const [column, row] = [mark.x, mark.y].map((each) => Math.min(Math.floor((3 * each) / 1000), 2));
  const choice = document.querySelector(`#decision [name=zone][value="${3 * row + column + 1}"]`);
  return choice ? choice.nextElementSibling.textContent : "";
};

export const told = (mark, words, picture) => words[mark.kind].replace("{picture}", picture).replace("{where}", zone(mark));
