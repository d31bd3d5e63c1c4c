// Signing out with photos that have not arrived asks what shall become of them. Without this module
// signing out is as ever, and the photos stay for their owner.

import { person, strip } from "./person.js";
import { send, standing } from "./sending.js";
import * as store from "./store.js";

const leaves = (form) => form.getAttribute("action") === strip().dataset.logout;

// Called for every form that is sent.
export const ask = (event) => {
  const form = event.target;
  if (!strip() || !leaves(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  store.count(person()).then(
    (number) => (number ? question(form) : form.submit()),
    () => form.submit(),
  );
};

const question = (form) => {
  const dialog = document.getElementById("leaving").content.cloneNode(true).querySelector("dialog");
  const told = dialog.querySelector("[role=status]");
  let sending = false;
  let left = false;
  const listen = async () => {
    const photos = await store.of(person());
    if (!photos.length) return leave();
    const stuck = !photos.some((photo) => !photo.held && !photo.refused);
    if (sending && (stuck || ["later", "signin"].includes(standing.state))) {
      sending = false;
      told.textContent = told.dataset.stuck;
    }
  };
  const close = () => {
    document.removeEventListener("outbox", listen);
    dialog.remove();
  };
  const leave = () => {
    if (left) return;
    left = true;
    close();
    form.submit();
  };
  const choices = {
    keep: leave,
    stay: close,
    send: async () => {
      sending = true;
      told.textContent = told.dataset.sending;
      await send();
      await listen();
    },
    delete: async () => {
      for (const photo of await store.of(person())) {
        store.tell({ kind: "stop", id: photo.id });
        await store.remove(photo.id);
      }
      leave();
    },
  };
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choices[button.value]();
  });
  dialog.addEventListener("cancel", close);
  document.addEventListener("outbox", listen);
  document.body.append(dialog);
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute("open", "");
};
