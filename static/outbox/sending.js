// Sends what is in the outbox, one photo after the other, in one tab at a time, for as long as it
// takes. Whatever may pass is tried again; what the server turns down for good stays in the outbox
// with its sentence.

import { person, strip, wishes } from "./person.js";
import { renamed, smaller } from "./shrink.js";
import * as store from "./store.js";

const CHUNK = 256 * 1024;
const LEASE = 20000;
// A line that is silent for so long is dead, whatever the phone believes.
const SILENT = 90000;
const DELAYS = [2000, 5000, 10000, 30000, 60000, 120000];

const token = () => document.querySelector("meta[name=csrf-token]");

// A tab keeps its name when it is reloaded, and with it the right to go on at once.
const tab = (() => {
  const name = store.newKey();
  try {
    return sessionStorage.getItem("outbox") || (sessionStorage.setItem("outbox", name), name);
  } catch {
    return name;
  }
})();

let running = null;
let again = false;
let timer = null;
let failures = 0;
let current = null;

// How the sending stands: {state, sentence}; the state is idle, sending, later or signin.
export let standing = { state: "idle", sentence: null };

const stand = (state, sentence = null) => {
  standing = { state, sentence };
  store.tell({ kind: "standing", standing });
};

document.addEventListener("outbox", (event) => {
  if (event.detail.kind === "standing") standing = event.detail.standing;
  if (event.detail.kind === "stop" && current && current.id === event.detail.id) current.stop(true);
});

// A tab that is closed lets the others go on at once; one that is killed, when its lease is over.
addEventListener("pagehide", () => store.release(person(), tab).catch(() => {}));

// The client of the protocol is only fetched when there is something to send, and fetched again
// when that failed.
const protocol = () =>
  new Promise((resolve, reject) => {
    if (window.tus) return resolve();
    const script = document.createElement("script");
    script.src = strip().dataset.protocol;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => {
      script.remove();
      reject(new Error("the protocol cannot be fetched"));
    });
    document.head.append(script);
  });

// Sends now, without waiting for the next try.
export const send = () => {
  failures = 0;
  if (current && Date.now() - current.heard > LEASE) current.stop(false);
  return go();
};

const go = () => {
  clearTimeout(timer);
  again = Boolean(running);
  if (!running) {
    running = round().finally(() => {
      running = null;
      if (again) go();
    });
  }
  return running;
};

const later = (pause) => {
  clearTimeout(timer);
  timer = setTimeout(go, pause);
};

const next = async () => (await store.of(person())).find((photo) => !photo.held && !photo.refused);

const round = async () => {
  again = false;
  let leased = false;
  let renewing = null;
  try {
    if (!(await next())) return stand("idle");
    leased = await store.lease(person(), tab, LEASE);
    if (!leased) return later(LEASE);
    renewing = setInterval(() => store.lease(person(), tab, LEASE).catch(() => {}), LEASE / 4);
    await protocol();
    let renewed = false;
    for (let photo; (photo = await next()); ) {
      stand("sending");
      const verdict = judged(await transmitted(await prepared(photo)));
      if (verdict.renew && !renewed) {
        renewed = true;
        if (!(await renewToken())) return stand("signin");
      } else if (verdict.signin) {
        return stand("signin");
      } else if (verdict.refused) {
        await store.change(photo.id, { refused: verdict.refused });
      } else if (verdict.arrived) {
        failures = 0;
        await arrived(photo);
      } else if (!verdict.stopped) {
        if (verdict.afresh) await store.change(photo.id, { url: null });
        return wait(verdict);
      }
    }
    stand("idle");
  } catch {
    wait({});
  } finally {
    clearInterval(renewing);
    if (leased) store.release(person(), tab).catch(() => {});
  }
};

const wait = ({ sentence = null, pause = 0 }) => {
  stand("later", sentence);
  later(Math.min(Math.max(pause, DELAYS[Math.min(failures, DELAYS.length - 1)]), 3600000));
  failures += 1;
};

const arrived = async (photo) => {
  await store.remove(photo.id);
  store.tell({ kind: "arrived", photo });
};

// Makes the picture smaller once. The mark goes first: a picture that is too much for the phone is
// sent as it is the next time.
const prepared = async (photo) => {
  let ready = photo;
  let content = await store.content(photo.id);
  if (photo.raw) {
    await store.change(photo.id, { raw: false });
    const small = wishes().full ? null : await smaller(content, photo.type);
    if (small) {
      content = small;
      const changes = { type: "image/jpeg", name: renamed(photo.name), size: small.byteLength };
      ready = (await store.change(photo.id, changes, small)) || photo;
    }
  }
  return { photo: ready, content };
};

// Sends one photo; resolves with nothing when it arrived, else with the client's error, or with
// "stopped" when it is gone or was taken back.
const transmitted = ({ photo, content }) =>
  new Promise((resolve) => {
    const upload = new window.tus.Upload(new Blob([content], { type: photo.type }), {
      endpoint: `${location.origin}/uploads`,
      uploadUrl: photo.url,
      chunkSize: CHUNK,
      retryDelays: null,
      storeFingerprintForResuming: false,
      headers: { "X-CSRFToken": token().content },
      metadata: {
        enrolment: String(photo.enrolment),
        key: photo.item,
        client_key: photo.key,
        filename: photo.name,
        filetype: photo.type,
        ...(photo.captured ? { captured_at: photo.captured } : {}),
      },
      onUploadUrlAvailable: () => store.change(photo.id, { url: upload.url }).catch(() => {}),
      onProgress: (sent, all) => {
        mine.heard = Date.now();
        store.tell({ kind: "progress", id: photo.id, share: Math.floor((100 * sent) / all) });
      },
      onSuccess: () => end(null),
      onError: (error) => end(error),
    });
    const end = (outcome) => {
      clearInterval(watch);
      if (current === mine) current = null;
      resolve(outcome);
    };
    const stop = (forGood) => {
      upload.abort(forGood).catch(() => {});
      end(forGood ? "stopped" : new Error("silent"));
    };
    const mine = { id: photo.id, heard: Date.now(), stop };
    const watch = setInterval(() => {
      if (Date.now() - mine.heard > SILENT) stop(false);
    }, 5000);
    current = mine;
    // It may have been taken back, here or in another tab, while it was made ready.
    store.of(person()).then((photos) => {
      const still = photos.find((each) => each.id === photo.id);
      if (current !== mine) return;
      if (still && !still.held && still.key === photo.key) upload.start();
      else end("stopped");
    }, end);
  });

// What an outcome means for the photo; see the statuses in campaigns/pages/uploads.py.
const judged = (outcome) => {
  if (!outcome) return { arrived: true };
  if (outcome === "stopped") return { stopped: true };
  const answer = outcome.originalResponse;
  if (!answer) return {};
  const status = answer.getStatus();
  const told = read(answer.getBody());
  const pause = 1000 * Number(answer.getHeader("Retry-After") || 0);
  const made = outcome.originalRequest.getMethod() === "POST";
  if (status === 401) return { signin: true };
  if (told.code === "form_expired" && status === 400) return { renew: true };
  if (!made && (status === 404 || status === 410)) return { afresh: true };
  const passes = status < 400 || status >= 500 || [408, 410, 423, 425, 429, 460].includes(status);
  if (passes || told.code === "wrong_offset") return { sentence: told.sentence, pause };
  return { refused: told.sentence || strip().dataset.refused };
};

const read = (body) => {
  try {
    return JSON.parse(body) || {};
  } catch {
    return {};
  }
};

// Takes the token of a new page, when the same person is signed in there.
const renewToken = async () => {
  const answer = await fetch(strip().dataset.page, { credentials: "same-origin", cache: "no-store" });
  if (answer.status >= 500) throw new Error("the server cannot say who is signed in");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById("outbox");
  if (!found || found.dataset.person !== String(person())) return false;
  token().content = page.querySelector("meta[name=csrf-token]").content;
  return true;
};
