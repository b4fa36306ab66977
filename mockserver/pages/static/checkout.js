// The payer's page works without this. With it: the time left is counted down, a click fills in a test card,
// and a page that is open elsewhere notices when the order moves on.
"use strict";

const opened = Date.now();
const again = () => location.replace(location.pathname + location.search);

function written(milliseconds) {
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
    shown.textContent = written(now);
    if (announced && [300000, 60000, 10000].some((mark) => now <= mark && before > mark)) {
      announced.textContent = `${announced.dataset.text}: ${written(now)}`;
    }
    before = now;
    if (now === 0) {
      clearInterval(ticking);
      setTimeout(again, 500); // the server's clock has to have come there too
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
    document.querySelector(".way .go").focus();
  });
  cell.replaceChildren(button);
}

const watched = document.querySelector("[data-watch]");
if (watched) {
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(location.pathname, { method: "HEAD" }).catch(() => null);
    const state = answer && answer.headers.get("X-Sandbox-State");
    if (state && state !== watched.dataset.watch) again();
  }, 3000);
}
