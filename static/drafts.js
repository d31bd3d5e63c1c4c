// Keeps what was typed into forms marked data-draft, in this tab and for this page, so that a
// session that ends in the middle loses nothing. What was sent is forgotten.

const place = () => `draft:${location.pathname}`;

const fields = (form) =>
  [...form.elements].filter(
    (field) => field.name && (field.tagName === "TEXTAREA" || (field.tagName === "INPUT" && field.type === "text")),
  );

const stored = () => {
  try {
    return JSON.parse(sessionStorage.getItem(place())) || {};
  } catch {
    return {};
  }
};

const keep = (form) => {
  const typed = {};
  for (const field of fields(form)) {
    if (field.value !== field.defaultValue) typed[field.name] = [field.value, field.defaultValue];
  }
  try {
    sessionStorage.setItem(place(), JSON.stringify(typed));
  } catch {
    // A full or forbidden store only means that nothing is kept.
  }
};

const restore = (form) => {
  const typed = stored();
  for (const field of fields(form)) {
    const [value, before] = typed[field.name] || [];
    // Untouched fields only: what the server gives back is newer.
    if (value !== undefined && (field.value === "" || field.value === before)) field.value = value;
  }
};

const known = new WeakSet();

const prepare = () => {
  const forms = document.querySelectorAll("form[data-draft]");
  const taken = document.querySelector("#main .toast[role=status]");
  for (const form of forms) {
    if (known.has(form)) continue;
    known.add(form);
    // "keep": the form stays on its page after other changes, such as a picture taken away.
    if (!taken || form.dataset.draft === "keep") restore(form);
    else sessionStorage.removeItem(place());
    form.addEventListener("input", () => keep(form));
  }
  if (!forms.length) sessionStorage.removeItem(place());
};

document.addEventListener("htmx:load", prepare);
prepare();
