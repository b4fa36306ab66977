// JSON as PHP 8 reads it, and PHP's texts of its values: the gateway signs `12.0` as `12` and `1e-7` as `1.0E-7`.

const TOKEN = /["\\]|-?\d[\d.eE+-]*/g;
const DEEPEST = 512;
const DIGITS = 14;

/** A number of a body: `text` is PHP's text of it, `source` its text in the body. */
class PhpNumber {
  /** @param {string} source */
  constructor(source) {
    this.source = source;
  }

  get text() {
    return textOfNumber(this.source);
  }
}

/**
 * An object of a body, which keeps the order of its members, each a PhpValue.
 *
 * @extends {Map<string, any>}
 */
export class PhpObject extends Map {}

/** @typedef {string | boolean | null | PhpNumber | PhpObject | any[]} PhpValue */

/** The value of a JSON text. Throws a SyntaxError if PHP would not read it. @param {string} text @returns {PhpValue} */
export function parse(text) {
  JSON.parse(text); // what is marked below may be JSON although the text is not
  return unmarked(JSON.parse(marked(text)), 1);
}

/** JSON with an `s` before what its texts say, and with its numbers as texts after an `n`. @param {string} text */
function marked(text) {
  // A pattern for whole texts would overflow the stack at a long one.
  let isInside = false;
  let escaped = -1;
  return text.replace(TOKEN, (token, /** @type {number} */ at) => {
    if (token === "\\") {
      if (at !== escaped) escaped = at + 1;
      return token;
    }
    if (token !== '"') return isInside ? token : `"n${token}"`;
    if (at === escaped) return token;
    isInside = !isInside;
    return isInside ? '"s' : token;
  });
}

/**
 * @param {unknown} value
 * @param {number} depth
 * @returns {PhpValue}
 */
function unmarked(value, depth) {
  if (typeof value === "string") return value[0] === "n" ? new PhpNumber(value.slice(1)) : wellFormed(value.slice(1));
  if (value === null || typeof value !== "object") return /** @type {boolean | null} */ (value);
  if (depth > DEEPEST) throw new SyntaxError(`The JSON is nested deeper than ${DEEPEST} levels.`);
  if (Array.isArray(value)) return value.map((item) => unmarked(item, depth + 1));
  return new PhpObject(
    Object.entries(value).map(([key, item]) => [wellFormed(key.slice(1)), unmarked(item, depth + 1)]),
  );
}

/** @param {string} text */
function wellFormed(text) {
  if (/\p{Surrogate}/u.test(text)) throw new SyntaxError("A \\u escape of the JSON is half of a surrogate pair.");
  return text;
}

/** @param {string} source */
function textOfNumber(source) {
  if (!/^-?\d+$/.test(source)) return textOfFloat(Number(source));
  if (source === "-0") return "0";
  return BigInt.asIntN(64, BigInt(source)) === BigInt(source) ? source : textOfFloat(Number(source));
}

/** PHP's text of a float: 14 significant digits, and exponents as in `1.0E-7` and `1.5E+25`. @param {number} value */
function textOfFloat(value) {
  if (!Number.isFinite(value)) return value > 0 ? "INF" : "-INF";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, power] = roundedToEven(value).split("e");
  const exponent = Number(power);
  const digits = mantissa.replace(/[-.]/g, "").replace(/0+$/, "");
  const sign = value < 0 ? "-" : "";
  if (exponent < -4 || exponent >= DIGITS) {
    return `${sign}${digits[0]}.${digits.slice(1) || "0"}E${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = digits.slice(exponent + 1);
  return `${sign}${whole}${rest && `.${rest}`}`;
}

/** As `toExponential`, but what lies exactly between two texts becomes the even one, as in C. @param {number} value */
function roundedToEven(value) {
  const [exact] = value.toExponential(100).split("e");
  const [kept, dropped] = [exact.replace(/[-.]/g, "").slice(0, DIGITS), exact.replace(/[-.]/g, "").slice(DIGITS)];
  const isTie = /^50*$/.test(dropped) && Number(kept[DIGITS - 1]) % 2 === 0;
  if (!isTie) return value.toExponential(DIGITS - 1);
  return `${value < 0 ? "-" : ""}${kept[0]}.${kept.slice(1)}e${value.toExponential().split("e")[1]}`;
}

/** PHP's text of a value in a string to sign. @param {PhpValue} value @returns {string} */
export function textOf(value) {
  if (typeof value === "string") return value;
  if (value instanceof PhpNumber) return value.text;
  if (typeof value === "boolean") return value ? "1" : "";
  return value === null ? "" : jsonText(value);
}

/**
 * Compact JSON with slashes and Unicode unescaped, and numbers as in the body.
 *
 * @param {PhpValue} value
 * @returns {string}
 */
function jsonText(value) {
  if (value instanceof PhpNumber) return value.source;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (!(value instanceof PhpObject)) return JSON.stringify(value);
  return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`).join(",")}}`;
}

/** Whether PHP's `empty()` holds. @param {PhpValue} value */
export function isEmpty(value) {
  if (typeof value === "string") return value === "" || value === "0";
  if (value instanceof PhpNumber) return value.text === "0" || value.text === "-0";
  if (Array.isArray(value)) return value.length === 0;
  return value instanceof PhpObject ? value.size === 0 : !value;
}
