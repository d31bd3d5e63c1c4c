// One key presses what bears its name (data-press). Off while somebody types, and when she says so:
// the browser remembers.

const STORE = "desk-keys";
const TYPED = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";

const off = () => {
  try {
    return localStorage.getItem(STORE) === "off";
  } catch {
    return false;
  }
};

const remember = (on) => {
  try {
    if (on) localStorage.removeItem(STORE);
    else localStorage.setItem(STORE, "off");
  } catch {
    // Without a store the choice lasts as long as the page.
  }
};

const shown = (element) => element && !element.hidden && element.offsetParent !== null;

const find = (key) => {
  if (key === "z") return document.getElementById("undo");
  if (key === "x") return [...document.querySelectorAll(".q li.cur input[type=checkbox]")].find(shown);
  if (key === "r") return document.querySelector("#say input");
  return document.querySelector(`[data-press="${CSS.escape(key)}"]`);
};

const list = () => {
  const keys = document.getElementById("keys");
  if (!keys) return;
  keys.open = !keys.open;
  keys.scrollIntoView({ block: "nearest" });
  keys.querySelector("summary").focus();
};

const press = (element) => {
  if (element.type === "radio") {
    element.checked = true;
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.focus();
  } else {
    element.click();
  }
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!document.querySelector(".desk") || off()) return;
  const { target } = event;
  if (target.matches(TYPED)) return;
  if (event.key === "Enter" && target.name === "preset") {
    event.preventDefault();
    document.getElementById("return").click();
    return;
  }
  const key = event.key.toLowerCase();
  if (key.length !== 1) return;
  // "?" and the full-width one of a Chinese keyboard.
  if (key === "?" || key === "？") {
    event.preventDefault();
    list();
    return;
  }
  const element = find(key);
  if (!element || element.disabled) return;
  event.preventDefault();
  if (event.repeat) return;
  if (key === "r") element.focus();
  else press(element);
});

const prepare = () => {
  const label = document.getElementById("keys-switch");
  if (!label || !label.hidden) return;
  label.hidden = false;
  const box = label.querySelector("input");
  box.checked = !off();
  box.addEventListener("change", () => remember(box.checked));
};

document.addEventListener("htmx:load", prepare);
prepare();
