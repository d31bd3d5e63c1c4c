// On every page of whoever sends photos: how many have not arrived, and that they go on by
// themselves, when the page opens, when the network is back, when the phone is looked at again.

import { ask } from "./outbox/leaving.js";
import { person, strip } from "./outbox/person.js";
import { send, standing } from "./outbox/sending.js";
import * as store from "./outbox/store.js";

const put = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const counted = (number) => {
  const { one, many } = strip().dataset;
  return (number === 1 ? one : many).replace("#", number);
};

const show = async () => {
  if (!strip()) return;
  const number = await store.count(person()).catch(() => 0);
  const kept = "kept" in document.documentElement.dataset;
  strip().hidden = number === 0 && !kept;
  strip().dataset.unsent = number;
  const signin = standing.state === "signin";
  put(strip().querySelector("strong"), number || !kept ? counted(number) : strip().dataset.offline);
  put(
    strip().querySelector("[data-standing]"),
    number ? standing.sentence || strip().dataset[standing.state] : strip().dataset.lastSeen,
  );
  const way = strip().querySelector("a");
  way.hidden = number === 0;
  put(way, signin ? way.dataset.signin : way.dataset.open);
  way.href = signin ? `${way.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}` : strip().dataset.page;
};

const wake = () => {
  if (strip() && document.visibilityState === "visible") send();
};

document.addEventListener("outbox", (event) => {
  if (event.detail.kind !== "progress") show();
});
document.addEventListener("visibilitychange", wake);
addEventListener("online", wake);
addEventListener("pageshow", (event) => event.persisted && wake());
document.addEventListener("htmx:load", show);
document.addEventListener("submit", ask, true);

// Pages that were seen can be read without a network, where the browser allows it.
const keepPages = async () => {
  if (!("serviceWorker" in navigator)) return;
  const first = !navigator.serviceWorker.controller;
  await navigator.serviceWorker.register(strip().dataset.worker);
  if (!first) return;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    for (const page of [location.pathname, strip().dataset.page]) {
      fetch(page, { headers: { Accept: "text/html" } }).catch(() => {});
    }
  });
};

if (strip()) {
  show();
  send();
  keepPages().catch(() => {});
}
