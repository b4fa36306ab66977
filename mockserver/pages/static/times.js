// Keeps the clocks and "3 min ago" true on the account's clock, which may stand still or run faster, and adds the time in the reader's
// own zone to the title of a time. It wakes only while a text may change; the rule is that of mockserver/durations.py.
"use strict";

{
  const script = document.currentScript;
  const texts = JSON.parse(script.dataset.texts);
  let { now, rate } = script.dataset;
  let opened = performance.now();
  let waking = null;

  function textOf(at, present) {
    const apart = Math.abs(present - at);
    const unit = Object.keys(texts.past).map(Number).reverse().find((one) => apart >= one);
    if (!unit) return [texts.now, 1000];
    const text = (at < present ? texts.past : texts.future)[unit];
    return [text.replace("{count}", Math.floor(apart / unit)), unit];
  }

  function showClocks(present) {
    const text = new Date(present).toISOString().slice(0, 19).replace("T", " ");
    const parts = { both: text, date: text.slice(0, 10), time: text.slice(11) };
    const clocks = document.querySelectorAll("[data-clock]");
    for (const shown of clocks) {
      if (shown.textContent !== parts[shown.dataset.clock]) shown.textContent = parts[shown.dataset.clock];
    }
    return clocks.length > 0;
  }

  function refresh() {
    clearTimeout(waking);
    const present = Math.floor(Number(now) + (performance.now() - opened) * rate);
    let wait = showClocks(present) ? 1000 : 3_600_000;
    for (const shown of document.querySelectorAll("time [data-at]")) {
      const [text, unit] = textOf(Number(shown.dataset.at), present);
      if (shown.textContent !== text) shown.textContent = text;
      wait = Math.min(wait, Math.max(1000, unit / rate / 2));
    }
    if (rate > 0 && !document.hidden) waking = setTimeout(refresh, wait);
  }

  document.addEventListener("live", ({ detail }) => {
    const renewed = detail.querySelector("script[data-now]");
    if (renewed) ({ now, rate } = renewed.dataset);
    opened = performance.now();
    refresh();
  });
  document.addEventListener("visibilitychange", refresh);
  document.addEventListener("mouseover", ({ target }) => {
    const time = target.closest("time[datetime]");
    if (time) time.title = `${time.dateTime}\n${new Date(time.dateTime).toLocaleString(document.documentElement.lang, { dateStyle: "full", timeStyle: "long" })}`;
  });
  refresh();
}
