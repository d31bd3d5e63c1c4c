// Keeps what was typed, chosen and drawn in forms marked data-draft, in this tab and for this form,
// so that a session that ends in the middle loses nothing. What was sent is forgotten.

const SENT = "draft-sent";
const place = (form) => `draft:${new URL(form.action).pathname}`;

const isKept = (field) =>
  field.name &&
  (field.tagName === "TEXTAREA" ||
    (field.tagName === "INPUT" && (field.type === "text" || field.type === "radio" || "pieces" in field.dataset)));

const fields = (form) => [...form.elements].filter(isKept);

const stored = (form) => {
  try {
    return JSON.parse(sessionStorage.getItem(place(form))) || {};
  } catch {
    return {};
  }
};

const write = (name, value) => {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // A full or forbidden store only means that nothing is kept.
  }
};

const keep = (form) => {
  const typed = {};
  for (const field of fields(form)) {
    if (field.type === "radio") {
      if (field.checked && !field.defaultChecked) typed[field.name] = [field.value, ""];
    } else if (field.type === "hidden") {
      typed[field.name] = [field.value, ""];
    } else if (field.value !== field.defaultValue) {
      typed[field.name] = [field.value, field.defaultValue];
    }
  }
  write(place(form), JSON.stringify(typed));
};

const restore = (form) => {
  const typed = stored(form);
  for (const field of fields(form)) {
    const [value, before] = typed[field.name] || [];
    if (value === undefined) continue;
    // Untouched fields only: what the server gives back is newer.
    if (field.type === "radio") {
      const given = [...form.elements].some((each) => each.name === field.name && each.defaultChecked && each.value);
      if (!given && field.value === value) field.checked = true;
    } else if (field.value === "" || field.value === before) {
      field.value = value;
    }
  }
};

const known = new WeakSet();

const prepare = () => {
  const forms = document.querySelectorAll("form[data-draft]");
  const taken = document.querySelector("#main .toast[role=status]");
  const sent = sessionStorage.getItem(SENT);
  if (taken && sent) sessionStorage.removeItem(sent);
  sessionStorage.removeItem(SENT);
  for (const form of forms) {
    if (known.has(form)) continue;
    known.add(form);
    restore(form);
    form.addEventListener("input", () => keep(form));
    form.addEventListener("submit", (event) => {
      // Other buttons of the form, such as one that takes a picture away, send nothing of it.
      const pressed = event.submitter || document.activeElement;
      if (!pressed || !pressed.hasAttribute("formaction")) write(SENT, place(form));
    });
  }
};

document.addEventListener("htmx:load", prepare);
prepare();
