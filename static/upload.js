// Sends each chosen picture by itself, one after the other, with its progress; without this
// module the form of templates/enrolment/_capture.html sends them all at once.

const line = (name, text) => {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
};

// crypto.randomUUID exists on HTTPS only; villages may reach the server by plain HTTP.
const newKey = () =>
  crypto.randomUUID
    ? crypto.randomUUID()
    : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

class Queue {
  constructor(form) {
    this.form = form;
    this.list = form.querySelector("[data-queue]");
    this.waiting = [];
    this.sending = false;
    form.querySelector("[data-capture]").className = "cap";
    form.querySelector("[data-plain]").remove();
    for (const input of form.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => {
        for (const file of input.files) this.add(file);
        input.value = "";
      });
    }
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  add(file) {
    const picture = { file, key: newKey(), row: document.createElement("li") };
    const image = document.createElement("img");
    image.src = picture.url = URL.createObjectURL(file);
    image.alt = "";
    image.width = 104;
    image.height = 78;
    picture.progress = document.createElement("progress");
    picture.progress.max = 100;
    picture.progress.value = 0;
    picture.progress.setAttribute("aria-label", this.form.dataset.sending);
    picture.text = line("p", this.form.dataset.sending);
    picture.text.className = "mut";
    const words = document.createElement("div");
    words.append(picture.progress, picture.text);
    picture.row.append(image, words);
    this.list.append(picture.row);
    if (file.size > Number(this.form.dataset.bytes)) this.refuse(picture, this.form.dataset.size, false);
    else {
      this.waiting.push(picture);
      this.next();
    }
  }

  next() {
    if (this.sending || !this.waiting.length) return;
    this.sending = true;
    this.send(this.waiting.shift());
  }

  send(picture) {
    const body = new FormData();
    for (const name of ["enrolment", "key"]) body.append(name, this.form.elements[name].value);
    body.append("client_key", picture.key);
    body.append("file", picture.file);
    const request = new XMLHttpRequest();
    request.open("POST", this.form.action);
    request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("HX-Current-URL", location.href);
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const share = Math.floor((100 * event.loaded) / event.total);
      picture.progress.value = share;
      picture.text.textContent =
        share < 100 ? `${this.form.dataset.sending} ${share} %` : this.form.dataset.checking;
    });
    request.addEventListener("loadend", () => {
      this.sending = false;
      this.answered(picture, request);
      this.next();
    });
    request.send(body);
  }

  answered(picture, request) {
    const elsewhere = request.getResponseHeader("HX-Redirect");
    if (elsewhere) {
      location.assign(elsewhere);
    } else if (request.status === 200) {
      this.drop(picture);
      this.show(request.responseText);
    } else if (request.status === 0) {
      this.refuse(picture, this.form.dataset.offline, true);
    } else if (request.status === 413) {
      this.refuse(picture, this.form.dataset.size, false);
    } else {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const said = page.querySelector("[data-error]");
      this.refuse(picture, said ? said.textContent : this.form.dataset.busy, !said);
    }
  }

  show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const part of ["#standing", "#evidence"]) {
      const fresh = page.querySelector(part);
      const old = document.querySelector(part);
      if (fresh && old) old.replaceWith(document.importNode(fresh, true));
    }
  }

  refuse(picture, sentence, again) {
    picture.progress.remove();
    picture.text.className = "govuk-error-message";
    picture.text.textContent = sentence;
    const words = picture.text.parentNode;
    const button = (label, act) => {
      const made = line("button", label);
      made.type = "button";
      made.className = "lnk-btn";
      made.addEventListener("click", act);
      words.append(made);
      return made;
    };
    const buttons = [];
    if (again) {
      buttons.push(
        button(this.form.dataset.retry, () => {
          for (const each of buttons) each.remove();
          picture.progress.value = 0;
          words.prepend(picture.progress);
          picture.text.className = "mut";
          picture.text.textContent = this.form.dataset.sending;
          this.waiting.push(picture);
          this.next();
        }),
      );
    }
    buttons.push(button(this.form.dataset.drop, () => this.drop(picture)));
  }

  drop(picture) {
    URL.revokeObjectURL(picture.url);
    picture.row.remove();
  }

  get busy() {
    return this.sending || this.waiting.length > 0;
  }
}

const queues = new WeakMap();

const prepare = () => {
  for (const form of document.querySelectorAll("form[data-upload]")) {
    if (!queues.has(form)) queues.set(form, new Queue(form));
  }
};

// An item is sent when its pictures have arrived, not before.
document.addEventListener(
  "submit",
  (event) => {
    if (event.target.id !== "answer") return;
    const form = document.querySelector("form[data-upload]");
    if (!form || !queues.get(form)?.busy) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.scrollIntoView();
  },
  true,
);

document.addEventListener("htmx:load", prepare);
prepare();
