// After paying, leads back to the shop by itself: once, in the tab in which the payer paid, unless the payer stops it.
// Not in a frame, where the shop's page does not belong.
"use strict";

const key = `paying ${location.pathname}`;
const returning = document.querySelector("[data-returning]");
const isUnpaid = document.querySelector(".checkout-grid") !== null;

if (window.top === window.self) {
  if (isUnpaid) sessionStorage.setItem(key, "yes");
  else if (returning && sessionStorage.getItem(key)) start();
  if (!isUnpaid) sessionStorage.removeItem(key);
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
