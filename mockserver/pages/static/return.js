// After paying, leads back to the shop by itself: once, in the tab in which the payer paid, unless the payer stops it.
// Not in a frame, where the shop's page does not belong.
"use strict";

const key = `paying ${location.pathname}`;
const returning = document.querySelector("[data-returning]");
const isUnpaid = document.querySelector(".checkout-grid") !== null;

if (window.top !== window.self) {
  // A page of the sandbox that shows this one stays where it is: the shop opens in a tab of its own.
  if (isOwnFrame()) document.querySelectorAll("[data-way-back] form, [data-way-back] a").forEach((way) => { way.target = "_blank"; });
} else if (isUnpaid) {
  remember("yes");
} else if (remember("") === "yes" && returning) {
  start();
}

function isOwnFrame() {
  try {
    return window.top.location.origin === location.origin;
  } catch {
    return false; // the page of a shop
  }
}

// Keeps a text for this tab, and gives the one before; a browser that keeps nothing has none.
function remember(text) {
  try {
    const before = sessionStorage.getItem(key);
    sessionStorage.setItem(key, text);
    return before;
  } catch {
    return null;
  }
}

function start() {
  const text = returning.querySelector("[data-text]");
  const began = Date.now();
  const seconds = Number(returning.dataset.returning);
  const show = (left) => { text.textContent = text.dataset.text.replace("{seconds}", left); };
  const ticking = setInterval(() => {
    const left = Math.max(0, Math.ceil(seconds - (Date.now() - began) / 1000));
    show(left);
    if (left > 0) return;
    stop();
    document.querySelector("[data-way-back] .go").click();
  }, 250);
  const stop = () => {
    clearInterval(ticking);
    returning.hidden = true;
  };
  returning.querySelector("button").addEventListener("click", () => {
    stop();
    document.querySelector("[data-way-back] .go").focus();
  });
  show(seconds);
  returning.hidden = false;
}
