// Counts down the time left, fills in a test card on a click, and reloads the page when the order changes elsewhere.
// The checkout page works without it.
"use strict";

const opened = Date.now();
const reload = () => location.replace(location.pathname + location.search);

function clockText(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

for (const shown of document.querySelectorAll("[data-left]")) {
  const { left, real } = shown.dataset;
  const announced = document.querySelector("[data-announce]");
  let before = Number(left);
  const ticking = setInterval(() => {
    const gone = Date.now() - opened;
    const now = Math.max(0, real > 0 ? left * (1 - gone / real) : 0);
    shown.textContent = clockText(now);
    if (announced && [300000, 60000, 10000].some((mark) => now <= mark && before > mark)) {
      announced.textContent = `${announced.dataset.text}: ${clockText(now)}`;
    }
    before = now;
    if (now === 0) {
      clearInterval(ticking);
      setTimeout(reload, 500); // until the server's clock is there too
    }
  }, 250);
}

const table = document.querySelector(".test-cards");
for (const cell of document.querySelectorAll("[data-number]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = cell.dataset.number;
  button.addEventListener("click", () => {
    const fill = { card_number: cell.dataset.number, expiry: table.dataset.expiry, cvc: "123" };
    for (const [name, text] of Object.entries(fill)) {
      document.getElementById(name).value = text;
    }
    document.querySelector(".pay-form .go").focus();
  });
  cell.replaceChildren(button);
}

const watched = document.querySelector("[data-watch]");
if (watched) {
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(location.pathname, { method: "HEAD" }).catch(() => null);
    const state = answer && answer.headers.get("X-Sandbox-State");
    if (state && state !== watched.dataset.watch) reload();
  }, 3000);
}
