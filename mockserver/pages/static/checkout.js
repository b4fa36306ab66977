// Counts down the time left, follows the order when it changes elsewhere, and takes over a bank's code on a click.
// The checkout page works without it.
"use strict";

const watched = document.querySelector("[data-watch]");
const isOver = document.querySelector(".result") !== null;
const reload = () => location.replace(location.pathname + location.search);

function clockText(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

// What ends within the live part is the wait for a notification; what ends elsewhere changes the order.
const counted = new WeakMap();
const announced = document.querySelector("[data-announce]");

function countDown() {
  for (const shown of document.querySelectorAll("[data-left]")) {
    const { left, real } = shown.dataset;
    const { since, before } = counted.get(shown) || { since: Date.now(), before: Number(left) };
    const now = Math.max(0, real > 0 ? left * (1 - (Date.now() - since) / real) : 0);
    counted.set(shown, { since, before: now });
    shown.textContent = clockText(now);
    const isLive = shown.closest("[data-live]");
    if (announced && !isLive && [300000, 60000, 10000].some((mark) => now <= mark && before > mark)) {
      announced.textContent = `${announced.dataset.text}: ${clockText(now)}`;
    }
    if (now === 0) {
      delete shown.dataset.left;
      if (isLive) lookSoon(); else setTimeout(reload, 500); // until the server's clock is there too
    }
  }
}
countDown();
setInterval(countDown, 250);

// Asks by HEAD, whose answer has no body: every three seconds while the payer may pay, later every fifteen, and ever
// more rarely for the delivery of notifications. Not at all on a hidden page, or when nothing more can happen.
const SOON = 1000, USUAL = 3000, LATER = 15000, RARELY = 60000, PATIENCE = 300000;
const opened = Date.now();
let pause = 0;
let asking = null;

function lookSoon() {
  pause = SOON;
  look();
}

function look() {
  clearTimeout(asking);
  if (!document.hidden && !("settled" in watched.dataset)) asking = setTimeout(ask, pause);
}

async function ask() {
  const answer = await fetch(location.pathname, { method: "HEAD" }).catch(() => null);
  const state = answer && answer.headers.get("X-Sandbox-State");
  if (state && state !== watched.dataset.watch) return reload();
  const isNew = state && answer.headers.get("X-Sandbox-Revision") !== watched.dataset.revision;
  if (isNew) await update();
  const unpaid = Date.now() - opened < PATIENCE ? USUAL : LATER;
  pause = isOver ? (isNew ? SOON : Math.min(RARELY, pause * 1.5)) : unpaid;
  look();
}

// Replaces the live parts only, so that what the payer types stays.
async function update() {
  const answer = await fetch(location.pathname + location.search).catch(() => null);
  if (!answer || !answer.ok) return;
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = made.querySelector("[data-watch]");
  if (!fresh || fresh.dataset.watch !== watched.dataset.watch) return reload();
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = made.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!other) continue;
    const open = [...part.querySelectorAll("details")].map((one) => one.open);
    part.className = other.className;
    part.replaceChildren(...other.childNodes);
    part.querySelectorAll("details").forEach((one, place) => { one.open = open[place] === true; });
  }
  watched.dataset.revision = fresh.dataset.revision;
  if ("settled" in fresh.dataset) watched.dataset.settled = "";
}

if (watched) {
  pause = isOver ? SOON : USUAL;
  look();
  document.addEventListener("visibilitychange", () => { if (document.hidden) clearTimeout(asking); else lookSoon(); });
}

const code = document.querySelector("[data-code]");
if (code) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = code.textContent;
  button.addEventListener("click", () => {
    const field = document.getElementById("code");
    field.value = code.textContent;
    field.focus();
  });
  code.replaceChildren(button);
}
