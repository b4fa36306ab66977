// The slides of the tour by keyboard: the arrow keys go to the stop before and after.
"use strict";

const LINKS = { ArrowLeft: "prev", ArrowRight: "next" };

addEventListener("keydown", (event) => {
  const isElsewhere = event.target.closest("input, select, textarea, pre, dialog, [contenteditable]");
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || isElsewhere) return;
  const link = LINKS[event.key] && document.querySelector(`a[rel=${LINKS[event.key]}]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});
