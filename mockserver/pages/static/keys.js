// Works the dashboard by single keys, which the dialog of `?` lists and turns off (WCAG 2.1.4).
"use strict";

{
  const dialog = document.getElementById("keys");
  const toggle = dialog.querySelector("[data-keys-on]");
  const NAME = "sandbox-keys";
  const PATIENCE = 1500; // milliseconds between g and the next key
  const isField = (node) => node.matches("input:not([type=checkbox], [type=radio]), select, textarea") || node.isContentEditable;

  try { toggle.checked = localStorage.getItem(NAME) !== "off"; } catch { /* the browser keeps nothing */ }
  toggle.addEventListener("change", () => {
    try { localStorage.setItem(NAME, toggle.checked ? "on" : "off"); } catch { /* as above */ }
  });

  // A row is entered at its link, so Enter opens it, and an update of the page keeps the place.
  function moveBy(step) {
    const links = [...document.querySelectorAll(".listing [data-key]")].map((row) => row.querySelector("a[href]")).filter(Boolean);
    const here = document.activeElement.closest(".listing [data-key]");
    const place = links.findIndex((link) => here?.contains(link));
    const next = links[place < 0 ? 0 : Math.min(Math.max(place + step, 0), links.length - 1)];
    next?.focus({ preventScroll: true });
    next?.closest("[data-key]").scrollIntoView({ block: "nearest" });
  }

  function search() {
    const field = document.querySelector("main [type=search]");
    field?.focus();
    field?.select();
    return field;
  }

  function leave(from) {
    const menu = from.closest("details[open]") ?? document.querySelector("header details[open]");
    if (isField(from)) from.blur();
    else if (menu?.closest("header")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }

  let wentAt = -Infinity;
  const actions = {
    "/": search,
    "?": () => { dialog.showModal(); return true; },
    j: () => moveBy(1),
    k: () => moveBy(-1),
    g: (event) => { wentAt = event.timeStamp; },
  };

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || dialog.open) return;
    if (event.key === "Escape") leave(event.target);
    if (!toggle.checked || isField(event.target)) return;
    const going = event.timeStamp - wentAt < PATIENCE && dialog.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    wentAt = -Infinity;
    if (going) going.click();
    else if (Object.hasOwn(actions, event.key) && actions[event.key](event)) event.preventDefault();
  });

  for (const button of document.querySelectorAll("[data-show-keys]")) button.addEventListener("click", () => dialog.showModal());
}
