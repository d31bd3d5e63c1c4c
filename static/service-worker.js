// Pages of the signed-in person that can be read without a network: as last seen, the network
// always asked first. They belong to one person; signing out, the sign-in page, or another person
// clears them. Photos that have not arrived lie in IndexedDB, which nothing here touches.

const PAGES = "pages-1-";
const FILES = "files-1";
const FRAGMENT = "fragment";
// Grows whenever pages are cleared, so that an answer that is still on its way is not kept.
let cleared = 0;

const clear = async (but = null) => {
  cleared += 1;
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== FILES && name !== but).map((name) => caches.delete(name)));
};

const pages = async () => {
  const name = (await caches.keys()).find((each) => each.startsWith(PAGES));
  return name ? caches.open(name) : null;
};

// A page and the fragment that htmx asks for share one address.
const place = (url, fragment) => {
  const named = new URL(url.pathname + url.search, url.origin);
  if (fragment) named.searchParams.set(FRAGMENT, "1");
  return named.href;
};

const copy = (answer, text) => {
  const headers = new Headers(answer.headers);
  for (const name of ["Vary", "Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response(text, { headers });
};

const keep = async (request, answer, before) => {
  const url = new URL(answer.url || request.url);
  if (url.pathname === "/login") return clear();
  const person = answer.headers.get("Outbox-Person");
  if (!answer.ok || !person || url.searchParams.has("said") || request.headers.has("HX-History-Restore-Request")) return;
  const name = `${PAGES}${person}`;
  const others = (await caches.keys()).some((each) => each.startsWith(PAGES) && each !== name);
  const text = await answer.text();
  if (before !== cleared) return;
  if (others) await clear(name);
  const cache = await caches.open(name);
  await cache.put(place(url, request.headers.has("HX-Request")), copy(answer, text));
};

// A fragment within the shell of any other page of the same person.
const composed = async (cache, fragment) => {
  const whole = (await cache.keys()).find((each) => !new URL(each.url).searchParams.has(FRAGMENT));
  if (!whole) return null;
  const shell = await cache.match(whole);
  const text = await shell.text();
  const start = text.indexOf(">", text.indexOf("<main")) + 1;
  return copy(shell, text.slice(0, start) + (await fragment.text()) + text.slice(text.indexOf("</main>")));
};

const lastSeen = async (request) => {
  const cache = await pages();
  if (!cache) return Response.error();
  const url = new URL(request.url);
  const [page, fragment] = await Promise.all([cache.match(place(url, false)), cache.match(place(url, true))]);
  if (request.headers.has("HX-Request")) {
    return fragment || new Response(null, { headers: { "HX-Redirect": page ? request.url : "/outbox" } });
  }
  const found = page || (fragment && (await composed(cache, fragment))) || (await cache.match(place(new URL("/outbox", url), false)));
  return found ? copy(found, (await found.text()).replace("<html ", "<html data-kept ")) : Response.error();
};

const page = async (event) => {
  const before = cleared;
  try {
    const answer = await fetch(event.request);
    event.waitUntil(keep(event.request, answer.clone(), before));
    return answer;
  } catch {
    return lastSeen(event.request);
  }
};

const file = async (event) => {
  const cache = await caches.open(FILES);
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(cache.put(event.request, answer.clone()));
    return answer;
  } catch {
    return (await cache.match(event.request, { ignoreVary: true })) || Response.error();
  }
};

addEventListener("install", () => skipWaiting());

addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name !== FILES && !name.startsWith(PAGES));
  const swept = caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name))));
  event.waitUntil(swept.then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && url.pathname === "/logout") return event.waitUntil(clear());
  if (request.method !== "GET") return;
  if (url.pathname.startsWith("/static/")) return event.respondWith(file(event));
  const shown = request.headers.has("HX-Request") || (request.headers.get("Accept") || "").startsWith("text/html");
  if (shown) event.respondWith(page(event));
});
