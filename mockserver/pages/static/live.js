// Keeps the live parts of a page up to date: when the sandbox announces a change, it fetches the page again and patches
// what differs. Elements stay, and with them focus, selection, open details, scrolling and what was typed. An element with
// a `data-key`, such as a row, is the same one wherever it comes in its parent. No event, no work.
"use strict";

{
  const parts = [...document.querySelectorAll("[data-live]")];
  const texts = document.currentScript.dataset;
  const OF_SCRIPTS = new Set(["open", "data-said", "data-current"]); // attributes that the page changes itself

  const keyOf = (node) => node.dataset?.key;
  const isBlank = (node) => node.nodeType === Node.TEXT_NODE && !node.data.trim();
  const isSame = (one, other) => one.nodeName === other.nodeName && keyOf(one) === keyOf(other) && one.id === other.id;
  const following = (node) => { do node = node.nextSibling; while (node && isBlank(node)); return node; };
  const isWantedAfter = (node, next) => { while ((next = following(next))) if (isSame(node, next)) return true; return false; };

  // Makes a node of the page like the new one, and calls `changed` for each node that it changes or adds.
  function patch(old, made, changed) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== made.data) { old.data = made.data; changed(old.parentNode); }
      return;
    }
    if (old.isEqualNode(made) || (old.matches("time") && old.dateTime === made.dateTime)) return; // see times.js
    for (const { name, value } of made.attributes) {
      if (old.getAttribute(name) !== value && !OF_SCRIPTS.has(name)) { old.setAttribute(name, value); changed(old); }
    }
    for (const { name } of [...old.attributes]) {
      if (!made.hasAttribute(name) && !OF_SCRIPTS.has(name)) { old.removeAttribute(name); changed(old); }
    }
    patchChildren(old, made, changed);
  }

  function patchChildren(old, made, changed) {
    const wanted = new Set([...made.children].map(keyOf));
    const known = new Map();
    for (const child of [...old.children]) {
      const key = keyOf(child);
      if (key !== undefined && !wanted.has(key)) child.remove();
      else if (key !== undefined) known.set(key, child);
    }
    let place = old.firstChild;
    const skipBlank = () => { while (place && isBlank(place)) place = place.nextSibling; };
    for (const next of [...made.childNodes].filter((node) => !isBlank(node))) {
      skipBlank();
      while (place && keyOf(place) === undefined && !isSame(place, next) && !isWantedAfter(place, next)) {
        const gone = place;
        place = place.nextSibling;
        gone.remove();
        changed(old);
        skipBlank();
      }
      const found = known.get(keyOf(next)) ?? (place && isSame(place, next) ? place : null);
      if (!found || !isSame(found, next)) {
        const added = document.importNode(next, true);
        old.insertBefore(added, place);
        if (next.nextSibling && isBlank(next.nextSibling)) old.insertBefore(new Text(next.nextSibling.data), place);
        changed(added, true);
        continue;
      }
      if (found === place) place = place.nextSibling;
      else if (old.moveBefore) old.moveBefore(found, place);
      else old.insertBefore(found, place);
      patch(found, next, changed);
    }
    for (skipBlank(); place; skipBlank()) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
      changed(old);
    }
  }

  // Says how many rows are new: to a screen reader, and in a button if they are above what one reads.
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  const news = document.createElement("button");
  news.className = "news";
  news.hidden = true;
  let unseen = 0;
  news.addEventListener("click", () => scrollTo({ top: 0, behavior: "instant" })); // an update would stop a smooth one halfway
  const forget = () => { if (!news.hidden && scrollY < document.querySelector("main").offsetTop) { unseen = 0; news.hidden = true; } };
  const say = (text, count) => text.replace("{count}", count);

  function show(made) {
    const isScrolled = scrollY > 0;
    const rows = [...document.querySelectorAll("[data-live] [data-key]")];
    const anchor = isScrolled && rows.find((row) => row.getBoundingClientRect().bottom > 0);
    const top = anchor && anchor.getBoundingClientRect().top;
    const focused = document.activeElement;
    const fresh = document.querySelectorAll(".fresh");
    fresh.forEach((row) => { row.classList.remove("fresh"); if (!row.className) row.removeAttribute("class"); });
    const [added, changed] = [new Set(), new Set()];
    parts.forEach((part, place) => {
      const next = made.querySelectorAll("[data-live]")[place];
      if (next) patch(part, next, (node, isNew) => (isNew && keyOf(node) ? added.add(node) : changed.add(node.closest("[data-key]"))));
    });
    changed.delete(null);
    const marked = added.size || changed.size ? [...added, ...changed] : fresh;
    marked.forEach((row) => row.classList.add("fresh"));
    if (focused.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
    if (anchor && anchor.isConnected) scrollBy({ top: anchor.getBoundingClientRect().top - top, behavior: "instant" });
    if (isScrolled) unseen += [...added].filter((row) => row.getBoundingClientRect().bottom <= 0).length;
    news.textContent = `↑ ${say(texts.new, unseen)}`;
    news.hidden = !unseen;
    const heard = [added.size && say(texts.new, added.size), changed.size && say(texts.changed, changed.size)];
    if (marked !== fresh) status.textContent = heard.filter(Boolean).join(", ");
    document.dispatchEvent(new CustomEvent("live", { detail: made }));
  }

  // One update at a time, so that an older response never replaces a newer one; changes within a moment make one. After an
  // update the page rests three times as long as it took, so that a busy sandbox leaves time for everything else.
  let [isUpdating, isBehind, soon, restsUntil] = [false, false, null, 0];
  function plan() {
    if (isUpdating) isBehind = true;
    else soon ??= setTimeout(update, Math.max(100, restsUntil - performance.now()));
  }
  async function update() {
    soon = null;
    if (isUpdating || document.hidden) return;
    [isUpdating, isBehind] = [true, false];
    const began = performance.now();
    try {
      const response = await fetch(location.href, { headers: { "X-Requested-With": "live" } });
      if (response.ok) show(new DOMParser().parseFromString(await response.text(), "text/html"));
    } catch { // the sandbox has stopped; the stream comes back with it, and brings an event
    } finally {
      isUpdating = false;
      restsUntil = performance.now() + 3 * (performance.now() - began);
      if (isBehind) plan();
    }
  }

  // A stream for each account that the page shows. A hidden page has none, because a browser opens only a few connections to one host.
  let [streams, polling] = [[], null];
  function leave() {
    streams.forEach((stream) => stream.close());
    clearInterval(polling);
    [streams, polling] = [[], null];
  }
  function listen() {
    if (document.hidden) leave();
    if (!document.hidden && !streams.length) streams = [...new Set(parts.map((part) => part.dataset.live))].map(follow);
  }
  function follow(address) {
    const stream = new EventSource(address);
    stream.onmessage = plan;
    stream.onerror = () => {
      // A WSGI server refuses the stream, which would hold one of its threads. Then the page asks for changes.
      if (streams.includes(stream) && stream.readyState === EventSource.CLOSED) polling ??= setInterval(update, 2000);
    };
    return stream;
  }

  if (parts.length) {
    document.body.append(status, news);
    document.documentElement.style.overflowAnchor = "none"; // the browser must not correct the scrolling too
    listen();
    document.addEventListener("visibilitychange", listen);
    addEventListener("scroll", forget, { passive: true });
    addEventListener("pagehide", leave);
    addEventListener("pageshow", listen);
  }
}
