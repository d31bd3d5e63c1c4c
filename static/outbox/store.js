// The outbox: photos that have not arrived yet, kept in the browser's IndexedDB, each person's
// apart. Nothing here asks for HTTPS; villages may reach the server by plain HTTP.
//
// A photo is {id, key, person, enrolment, item, place, name, type, size, captured, added, url,
// raw, held, refused}: `key` is the client key of what is sent, `url` where its upload stands,
// `raw` says that it may still be made smaller, `held` that its owner has not let it go yet,
// `refused` the server's sentence when it was turned down for good.

import { person } from "./person.js";

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

let opening = null;

const open = () => {
  if (!opening) {
    const request = indexedDB.open("outbox", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("photos", { keyPath: "id" }).createIndex("person", "person");
      request.result.createObjectStore("contents");
      request.result.createObjectStore("leases");
    };
    opening = asked(request);
    opening.catch(() => (opening = null));
  }
  return opening;
};

// Runs `work` within one transaction, and answers with its result when all of it is stored.
const within = async (mode, names, work) => {
  const transaction = (await open()).transaction(names, mode);
  const stores = names.map((name) => transaction.objectStore(name));
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  const [found] = await Promise.all([work(...stores), done]);
  return found;
};

// Whether photos can be kept here at all: not in every private window.
export const works = async () => {
  try {
    await open();
    return true;
  } catch {
    return false;
  }
};

// crypto.randomUUID exists on HTTPS only.
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const add = async (photo, content) => {
  const key = newKey();
  const kept = { id: key, key, added: Date.now(), url: null, refused: null, ...photo };
  await within("readwrite", ["photos", "contents"], (photos, contents) => {
    contents.put(content, kept.id);
    return asked(photos.put(kept));
  });
  tell({ kind: "changed" });
  return kept;
};

// A person's photos, the oldest first.
export const of = async (person) => {
  const found = await within("readonly", ["photos"], (photos) => asked(photos.index("person").getAll(person)));
  return found.sort((one, other) => one.added - other.added);
};

export const count = (person) =>
  within("readonly", ["photos"], (photos) => asked(photos.index("person").count(person)));

export const content = (id) => within("readonly", ["contents"], (contents) => asked(contents.get(id)));

// The photo with the changes, or null when it is not here any more.
export const change = async (id, changes, content = null) => {
  const changed = await within("readwrite", ["photos", "contents"], async (photos, contents) => {
    const photo = await asked(photos.get(id));
    if (!photo) return null;
    if (content) contents.put(content, id);
    await asked(photos.put(Object.assign(photo, changes)));
    return photo;
  });
  tell({ kind: "changed" });
  return changed;
};

export const remove = async (id) => {
  await within("readwrite", ["photos", "contents"], (photos, contents) => {
    contents.delete(id);
    return asked(photos.delete(id));
  });
  tell({ kind: "changed" });
};

// Lets one tab send at a time: true for the tab that holds the lease, which runs out by itself. A
// lease longer than any was given under a clock that has been put back since.
export const lease = (person, tab, length) =>
  within("readwrite", ["leases"], async (leases) => {
    const held = await asked(leases.get(person));
    const left = held ? held.until - Date.now() : 0;
    if (held && held.tab !== tab && left > 0 && left <= length) return false;
    await asked(leases.put({ tab, until: Date.now() + length }, person));
    return true;
  });

export const release = (person, tab) =>
  within("readwrite", ["leases"], async (leases) => {
    const held = await asked(leases.get(person));
    if (held && held.tab === tab) await asked(leases.delete(person));
  });

// Every change is told to this page, and where there are channels to the same person's other tabs.
const channel = "BroadcastChannel" in window ? new BroadcastChannel(`outbox:${person()}`) : null;

const say = (detail) => document.dispatchEvent(new CustomEvent("outbox", { detail }));

if (channel) channel.onmessage = (event) => say(event.data);

export const tell = (detail) => {
  say(detail);
  if (channel) channel.postMessage(detail);
};
