// Whose outbox it is: the person of the page's strip, and what she wishes on this phone.

export const strip = () => document.getElementById("outbox");

export const person = () => Number(strip().dataset.person);

const place = () => `outbox:${person()}`;

export const wishes = () => {
  try {
    return JSON.parse(localStorage.getItem(place())) || {};
  } catch {
    return {};
  }
};

export const wish = (name, value) => {
  try {
    localStorage.setItem(place(), JSON.stringify({ ...wishes(), [name]: value }));
  } catch {
    // A forbidden store only means that the wish is forgotten.
  }
};

// A checkbox that shows a wish and changes it.
export const bind = (box, name) => {
  box.checked = Boolean(wishes()[name]);
  box.addEventListener("change", () => wish(name, box.checked));
};
