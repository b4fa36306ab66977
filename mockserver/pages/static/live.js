// Updates the live part of a page when the sandbox announces a change.
"use strict";

const part = document.querySelector("[data-live]");
let isUpdating = false;
let isBehind = false;
let shown = part && part.innerHTML;

// One update at a time, so that an older response never replaces a newer one.
async function update() {
  isBehind = true;
  if (isUpdating) return;
  isUpdating = true;
  try {
    while (isBehind) {
      isBehind = false;
      const response = await fetch(location.href, { headers: { "X-Requested-With": "live" } });
      if (response.ok) show(await response.text());
    }
  } finally {
    isUpdating = false;
  }
}

function show(text) {
  const made = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
  // Compared with the last response, not with the page, so that a row stays marked as new until something changes.
  if (!made || made.innerHTML === shown) return;
  if (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) {
    // An update would take away the field that is being filled in, so it waits until the field loses the focus.
    part.addEventListener("focusout", () => setTimeout(update), { once: true });
    return;
  }
  const known = new Set([...part.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
  const open = [...part.querySelectorAll("details")].map((one) => one.open);
  shown = made.innerHTML;
  part.replaceChildren(...made.childNodes);
  part.querySelectorAll("details").forEach((one, place) => { one.open = open[place] === true; });
  part.querySelectorAll("[data-key]").forEach((row) => { row.classList.toggle("fresh", !known.has(row.dataset.key)); });
}

// A hidden page has no event stream, because a browser opens only a few connections to one host.
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
  stream.onmessage = update;
  stream.onerror = () => {
    // A WSGI server refuses the stream, which would hold one of its threads. Then the page asks for changes.
    if (stream && stream.readyState === EventSource.CLOSED) {
      polling = polling || setInterval(() => { if (!document.hidden) update(); }, 2000);
    }
  };
}

if (part) {
  listen();
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => { if (stream) stream.close(); stream = null; });
  addEventListener("pageshow", listen);
}
