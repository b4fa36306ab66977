// The slides of the tour by keyboard: the arrow keys go to the stop before and after, Enter plays.
"use strict";

const TARGETS = { ArrowLeft: "a[rel=prev]", ArrowRight: "a[rel=next]", Enter: ".play button" };

addEventListener("keydown", (event) => {
  const isElsewhere = event.key === "Enter" ? event.target !== document.body
    : event.target.closest("input, select, textarea, pre, dialog, [contenteditable]");
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || isElsewhere) return;
  const target = Object.hasOwn(TARGETS, event.key) && document.querySelector(TARGETS[event.key]);
  if (!target) return;
  event.preventDefault();
  target.click();
});
