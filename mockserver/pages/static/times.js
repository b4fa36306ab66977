// Keeps the clock and "3 min ago" true by the account's clock, which may stand still or run faster, and adds the time in
// the reader's own zone to the title of a time. It wakes only when a text changes; the rule is that of mockserver/durations.py.
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

  function refresh() {
    clearTimeout(waking);
    const present = Math.floor(Number(now) + (performance.now() - opened) * rate);
    let next = Infinity;
    const instant = new Date(present).toISOString();
    for (const shown of document.querySelectorAll("[data-clock]")) {
      const text = shown.dataset.clock === "date" ? instant.slice(0, 10) : instant.slice(11, 19);
      if (shown.textContent !== text) shown.textContent = text;
      next = 1000;
    }
    for (const shown of document.querySelectorAll("time [data-at]")) {
      const [text, unit] = textOf(Number(shown.dataset.at), present);
      if (shown.textContent !== text) shown.textContent = text;
      next = Math.min(next, unit);
    }
    if (rate > 0 && !document.hidden && next < Infinity) waking = setTimeout(refresh, Math.min(Math.max(1000 - (present % 1000), next / rate / 2), 3_600_000));
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
