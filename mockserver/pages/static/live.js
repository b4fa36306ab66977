// Renews the live part of a page when the sandbox says that something has happened. Without this the page is as it was.
"use strict";

const part = document.querySelector("[data-live]");
let isRenewing = false;
let isBehind = false;
let shown = part && part.innerHTML;

// One renewal at a time: an older answer must never replace a newer one.
async function renew() {
  isBehind = true;
  if (isRenewing) return;
  isRenewing = true;
  try {
    while (isBehind) {
      isBehind = false;
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "live" } });
      if (answer.ok) show(await answer.text());
    }
  } finally {
    isRenewing = false;
  }
}

function show(text) {
  const made = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
  // Compared with what was sent, not with the page: a row that is marked as fresh stays so until something changes.
  if (!made || made.innerHTML === shown) return;
  if (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) {
    // Nobody is torn away from what they are filling in; it is renewed when they let go.
    part.addEventListener("focusout", () => setTimeout(renew), { once: true });
    return;
  }
  const known = new Set([...part.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
  const open = [...part.querySelectorAll("details")].map((one) => one.open);
  shown = made.innerHTML;
  part.replaceChildren(...made.childNodes);
  part.querySelectorAll("details").forEach((one, place) => { one.open = open[place] === true; });
  part.querySelectorAll("[data-key]").forEach((row) => { row.classList.toggle("fresh", !known.has(row.dataset.key)); });
}

// A hidden page has no event stream: a browser has only few connections to one host.
let stream = null;
let polling = null;

function listen() {
  if (document.hidden || stream) {
    if (document.hidden && stream) {
      stream.close();
      stream = null;
    }
    return;
  }
  stream = new EventSource(part.dataset.live);
  stream.onmessage = renew;
  stream.onerror = () => {
    // A WSGI server refuses the stream, which would hold one of its threads. Then the page asks for changes.
    if (stream && stream.readyState === EventSource.CLOSED) {
      polling = polling || setInterval(() => { if (!document.hidden) renew(); }, 2000);
    }
  };
}

if (part) {
  listen();
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => { if (stream) stream.close(); stream = null; });
  addEventListener("pageshow", listen);
}
