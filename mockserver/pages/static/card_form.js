// The card form: groups the digits, names the brand, puts the slash into the date, and fills in a test card on a click.
"use strict";

const BRANDS = [
  ["Amex", /^3[47]/, [4, 6, 5], 4],
  ["Bancontact", /^6703/, [4, 4, 4, 4, 1], 0],
  ["Visa", /^4/, [4, 4, 4, 4], 3],
  ["Mastercard", /^(5[1-5]|2[2-7])/, [4, 4, 4, 4], 3],
  ["UnionPay", /^62/, [4, 4, 4, 4, 3], 3],
];
const GROUPS = [4, 4, 4, 4, 3];
const number = document.getElementById("card_number");
const expiry = document.getElementById("expiry");
const cvc = document.getElementById("cvc");
const hint = cvc && cvc.placeholder;

function grouped(digits, sizes) {
  let at = 0;
  return sizes.map((size) => digits.slice(at, (at += size))).filter(Boolean).join(" ");
}

function brandOf(digits) {
  return BRANDS.find(([, begins]) => begins.test(digits));
}

function numberText(text) {
  const digits = text.replace(/\D/g, "");
  const known = brandOf(digits);
  return grouped(digits, known ? known[2] : GROUPS);
}

function expiryText(text) {
  const [month, ...rest] = text.split("/");
  let digits = month.replace(/\D/g, "");
  if (rest.length && digits.length === 1) digits = `0${digits}`;
  digits += rest.join("").replace(/\D/g, "");
  if (/^[2-9]/.test(digits)) digits = `0${digits}`;
  const year = digits.slice(2);
  if (digits.length < 2) return digits;
  return `${digits.slice(0, 2)}/${year.startsWith("20") ? year.slice(year.length > 3 ? 2 : 0, 4) : year.slice(0, 2)}`;
}

// Writes a field in its form, with the caret after the same digit as before.
function rewrite(field, text) {
  const before = field.value.slice(0, field.selectionStart).replace(/\D/g, "").length;
  const added = text.replace(/\D/g, "").length - field.value.replace(/\D/g, "").length;
  const isAtEnd = field.selectionStart === field.value.length;
  if (text === field.value) return;
  field.value = text;
  if (document.activeElement !== field) return;
  let place = 0;
  for (let passed = 0; place < text.length && passed < before + Math.max(0, added); place += 1) {
    if (/\d/.test(text[place])) passed += 1;
  }
  if (isAtEnd) place = text.length;
  field.setSelectionRange(place, place);
}

function showBrand() {
  const known = brandOf(number.value.replace(/\D/g, ""));
  for (const mark of document.querySelectorAll("[data-brand]")) {
    const isIt = known !== undefined && mark.dataset.brand === known[0];
    mark.classList.toggle("is-it", isIt);
    mark.classList.toggle("is-other", known !== undefined && !isIt);
    if (mark.dataset.brand === "Amex") mark.hidden = !isIt;
  }
  if (!cvc) return;
  const length = known ? known[3] : 0;
  cvc.maxLength = length || 4;
  cvc.placeholder = length ? "•".repeat(length) : hint;
}

// Deleting a space or a slash deletes the digit before it: the separator alone would come back at once.
function deleteBefore(event) {
  const field = event.target;
  const at = field.selectionStart;
  if (event.inputType !== "deleteContentBackward" || at !== field.selectionEnd || at < 2) return;
  if (/\d/.test(field.value[at - 1])) return;
  field.setSelectionRange(at - 2, at);
}

for (const [field, text] of [[number, numberText], [expiry, expiryText]]) {
  field.addEventListener("beforeinput", deleteBefore);
  field.addEventListener("input", (event) => {
    const isDeleted = (event.inputType || "").startsWith("delete");
    if (field !== expiry || !isDeleted) rewrite(field, text(field.value));
    if (field === number) showBrand();
  });
}
number.value = numberText(number.value);
expiry.inputMode = "numeric"; // as the slash comes by itself
showBrand();

const table = document.querySelector(".test-cards");
for (const cell of document.querySelectorAll("[data-number]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = cell.dataset.number;
  button.addEventListener("click", () => {
    const fill = { card_number: cell.dataset.number, expiry: table.dataset.expiry, cvc: "123" };
    for (const [name, text] of Object.entries(fill)) {
      const field = document.getElementById(name);
      if (field) field.value = text;
    }
    showBrand();
    document.querySelector(".pay-form .go").focus();
  });
  cell.replaceChildren(button);
}
