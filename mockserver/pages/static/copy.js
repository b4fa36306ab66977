// Copies the text of a button, `<button data-copy='"JSON text"'>`, or of the element before it, `<button data-copy-before>`.
// The text is exact, with its line ends and all.
"use strict";

{
  const { copied, failed } = document.currentScript.dataset;
  const said = document.createElement("p");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  document.body.append(said);

  // Where a page is not a secure context, such as http on an address of the network, there is no other way.
  const copyByEvent = (text) => {
    const fill = (event) => {
      event.clipboardData.setData("text/plain", text);
      event.preventDefault();
    };
    document.addEventListener("copy", fill, { once: true });
    const isDone = document.execCommand("copy");
    document.removeEventListener("copy", fill);
    return isDone;
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyByEvent(text);
    }
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-before]");
    if (!button) return;
    const text = button.dataset.copy ? JSON.parse(button.dataset.copy) : button.previousElementSibling.textContent;
    const message = (await copy(text)) ? copied : failed;
    said.textContent = message;
    button.dataset.said = message; // shown by the style sheet
    setTimeout(() => {
      delete button.dataset.said;
      said.textContent = "";
    }, 2000);
  });
}
