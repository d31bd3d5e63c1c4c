// Fetches the next item and its large picture while this one is looked at: the same requests that
// the person would make, a little earlier. Kept by the browser for a few seconds only.

const WAIT = 600;
let waiting = null;

const fetchAhead = async (link) => {
  try {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true", "X-Ahead": "1" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const picture = page.querySelector("#photo image");
    if (picture) new Image().src = picture.getAttribute("href");
  } catch {
    // Nothing is lost: it is fetched when it is opened.
  }
};

const prepare = () => {
  clearTimeout(waiting);
  const link = document.getElementById("next");
  if (link) waiting = setTimeout(() => fetchAhead(link), WAIT);
};

document.addEventListener("htmx:load", prepare);
prepare();
