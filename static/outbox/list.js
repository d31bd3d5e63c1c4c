// The page of all photos that have not arrived.

import { bind, person } from "./person.js";
import { Rows } from "./rows.js";
import { send } from "./sending.js";

const known = new WeakSet();

const prepare = () => {
  const page = document.querySelector("[data-outbox]");
  if (!page || known.has(page)) return;
  known.add(page);
  const none = page.querySelector("[data-none]");
  const now = page.querySelector("[data-send]");
  page.querySelector("[data-scriptless]").remove();
  page.querySelector("[data-wishes]").hidden = false;
  bind(page.querySelector("#full"), "full");
  bind(page.querySelector("#paint"), "paint");
  now.addEventListener("click", send);
  const mine = person();
  new Rows(page.querySelector("ul"), {
    belongs: (photo) => photo.person === mine,
    linked: true,
    changed: (photos) => {
      none.hidden = photos.length > 0;
      now.hidden = photos.length === 0;
    },
  });
};

document.addEventListener("htmx:load", prepare);
prepare();
