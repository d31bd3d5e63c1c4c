// Turns and enlarges the picture on the stage at once; the links that do the same without a script
// go on from there.

const stage = () => document.getElementById("photo");

const place = (turn, height) =>
  ({ 0: "", 90: `translate(${height} 0) rotate(90)`, 180: `translate(800 ${height}) rotate(180)`, 270: "translate(0 800) rotate(270)" })[turn];

// The addresses of both links keep the turn and the size that are seen now.
const follow = (turn, large) => {
  for (const link of document.querySelectorAll("[data-turn-on], [data-zoom]")) {
    const url = new URL(link.href);
    const next = link.hasAttribute("data-zoom") ? { turn, zoom: !large } : { turn: (turn + 90) % 360, zoom: large };
    for (const [name, value] of [["turn", next.turn], ["zoom", next.zoom ? 1 : 0]]) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    link.href = url.pathname + url.search;
  }
};

const turnOn = (picture) => {
  const height = Number(picture.dataset.height);
  const turn = (Number(picture.dataset.turn) + 90) % 360;
  const across = turn % 180 !== 0;
  picture.dataset.turn = turn;
  picture.setAttribute("viewBox", across ? `0 0 ${height} 800` : `0 0 800 ${height}`);
  picture.firstElementChild.setAttribute("transform", place(turn, height));
  for (const text of picture.querySelectorAll("[data-badge]")) {
    text.setAttribute("transform", text.getAttribute("transform").replace(/rotate\(.*\)/, `rotate(${-turn})`));
  }
  return turn;
};

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("[data-turn-on], [data-zoom]");
    const picture = stage();
    if (!link || !picture || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // Before htmx hears of it.
    event.preventDefault();
    event.stopPropagation();
    const box = picture.parentElement;
    let turn = Number(picture.dataset.turn);
    if (link.hasAttribute("data-zoom")) box.classList.toggle("is-large");
    else turn = turnOn(picture);
    follow(turn, box.classList.contains("is-large"));
  },
  true,
);
