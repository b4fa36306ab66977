// The stage: the form offers only what fits, the time bar says what a drag will cause, m and Esc switch the meeting mode.
// Without it, all of these work by buttons, and the sandbox checks the form.
"use strict";

{
  const form = document.querySelector(".create-form");
  if (form) {
    const { offer, currency, amount } = form.elements;
    const fit = () => {
      const { currencies, smallest } = offer.selectedOptions[0].dataset;
      const taken = currencies.split(" ");
      for (const option of currency.options) option.hidden = option.disabled = !taken.includes(option.value);
      if (!taken.includes(currency.value)) currency.value = taken[0];
      amount.placeholder = JSON.parse(smallest)[currency.value] ?? "0.01";
    };
    offer.addEventListener("change", fit);
    currency.addEventListener("change", fit);
    fit();
  }

  const slide = document.getElementById("slide");
  if (slide) {
    const range = slide.elements.stop;
    const output = document.querySelector(".time-head output");
    const stops = JSON.parse(range.dataset.stops);
    let isDragged = false;
    const tell = () => {
      const place = 100 * range.value / range.max;
      let what = [];
      for (const one of document.querySelectorAll(".due [data-place]")) {
        const isReached = range.value > 0 && parseFloat(one.dataset.place) <= place;
        one.classList.toggle("reached", isReached);
        if (isReached) what.push(one.lastChild.data.trim());
      }
      const forward = output.dataset.forward.replace("{time}", stops[range.value]);
      const then = what.length ? output.dataset.then.replace("{what}", what.join(", ")) : "";
      range.setAttribute("aria-valuetext", [forward, then].join(" "));
      output.textContent = range.value > 0 ? `${forward} ${then}` : "";
    };
    range.addEventListener("input", tell);
    range.addEventListener("pointerdown", () => { isDragged = true; });
    range.addEventListener("change", () => { if (isDragged && range.value > 0) slide.requestSubmit(); isDragged = false; });
    tell();
  }

  const rows = document.querySelector(".moments");
  let isAtEnd = true; // new rows are followed, unless one reads earlier ones
  const follow = () => { if (isAtEnd) rows?.scrollTo({ top: rows.scrollHeight }); };
  rows?.addEventListener("scroll", () => { isAtEnd = rows.scrollTop + rows.clientHeight > rows.scrollHeight - 40; }, { passive: true });
  follow();
  document.addEventListener("live", follow);

  const meeting = document.querySelector("[data-meeting]");
  const keysOn = document.querySelector("[data-keys-on]"); // see keys.js
  addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || (event.key !== "Escape" && keysOn?.checked === false)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=range]), select, textarea")) return;
    if (event.key === (meeting.dataset.meeting === "enter" ? "m" : "Escape")) meeting.click();
  });
}
