import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { readNotification, sign, signed, stringToSign, verify } from "yabandpay-mock";

const RECORDED = JSON.parse(readFileSync(new URL("../../../tests/vectors/signatures.json", import.meta.url), "utf8"));
const KEY = "sandbox-secret-key";

for (const vector of RECORDED.vectors) {
  test(`the vector: ${vector.name}`, () => {
    assert.equal(stringToSign(vector.body, vector.empty_values), vector.string_to_sign);
    const body = vector.body.replace(/\}$/, `,"sign":"${vector.sign}"}`);
    assert.equal(verify(body, RECORDED.secret_key), true);
    assert.equal(verify(body, "another key"), false);
    if (vector.empty_values === "kept") assert.equal(sign(vector.body, RECORDED.secret_key), vector.sign);
  });
}

const cases = {
  "keys are sorted by their bytes, not by UTF-16": [
    '{"\u{1F375}":1,"\uFFFD":2,"B":3,"a":4,"10":5,"9":6}',
    "10=5&9=6&B=3&a=4&\uFFFD=2&\u{1F375}=1",
  ],
  "nested values are compact JSON in their order": [
    '{"a": { "b" : [1.0, "/\\u4e2d"], "10": null, "2": true }}',
    'a={"b":[1.0,"/中"],"10":null,"2":true}',
  ],
  "names of JavaScript are no special names": [
    '{"__proto__":"p","constructor":{"__proto__":1}}',
    '__proto__=p&constructor={"__proto__":1}',
  ],
  "of a key that comes twice the last counts": ['{"a":1,"b":2,"\\u0061":3}', "a=3&b=2"],
  "an integer of more than 64 bits becomes a float": [
    '{"a":9223372036854775807,"b":9223372036854775808}',
    "a=9223372036854775807&b=9.2233720368548E+18",
  ],
  "a float between two texts becomes the even one": [
    '{"a":1000000000000.25,"b":1000000000000.75}',
    "a=1000000000000.2&b=1000000000000.8",
  ],
  "small, negative and endless floats": [
    '{"a":-0.0,"b":-0.00001,"c":0.0001,"d":1e400,"e":-1.50,"f":-1e400}',
    "a=-0&b=-1.0E-5&c=0.0001&d=INF&e=-1.5&f=-INF",
  ],
  "values are signed as they are": [
    '{"a":"x&y=z+%20 \\n","b":"","c":null,"d":[],"e":{}}',
    "a=x&y=z+%20 \n&b=&c=&d=[]&e={}",
  ],
  "numbers that look like others inside texts": ['{"a":"1.0","b":"\\"2.0\\\\","c":2.0}', 'a=1.0&b="2.0\\&c=2'],
};
for (const [title, [data, expected]] of Object.entries(cases)) {
  test(title, () => assert.equal(stringToSign(`{"data":${data}}`), expected));
}

test("PHP's empty values are dropped", () => {
  const data = '{"a":"","b":"0","c":0,"d":0.0,"e":false,"f":null,"g":[],"h":{},"i":-0.0,"j":"0.0","k":" ","l":[0]}';
  assert.equal(stringToSign(`{"data":${data}}`, "dropped"), "j=0.0&k= &l=[0]");
});

test("of a request the envelope is signed too, and a field of data replaces one of the same name", () => {
  const request = { user: "1", method: "m", time: 5, data: { user: "2", sign: "x", data: "y", b: "c" }, other: "z" };
  assert.equal(stringToSign(request), "b=c&method=m&time=5&user=2");
});

test("what was signed verifies, as an object, a text and bytes", () => {
  const text = signed(
    { user: "1", method: "m", time: 5, data: { amount: 0.1 + 0.2, text: "龙井 \u{1F375}", none: null } },
    KEY,
  );
  for (const message of [text, Buffer.from(text), JSON.parse(text)]) assert.equal(verify(message, KEY), true);
  assert.equal(verify(text.replace("龙井", "龙"), KEY), false);
});

test("a signature must be a text, of the same case and length", () => {
  const right = sign({ data: { a: "b" } }, KEY);
  for (const wrong of [
    right.toUpperCase(),
    `${right} `,
    right.slice(1),
    "",
    "é".repeat(64),
    null,
    5,
    [right],
    undefined,
  ]) {
    assert.equal(verify({ data: { a: "b" }, sign: wrong }, KEY), false);
  }
});

for (const [title, body] of Object.entries({
  nothing: "",
  "no JSON": "{",
  "a list": "[]",
  "a text": '"a"',
  "no data": '{"sign":"a"}',
  "data that is a text": '{"sign":"a","data":"b"}',
  "half of a surrogate pair": '{"sign":"a","data":{"b":"\\ud83d"}}',
  "a byte order mark": '\uFEFF{"sign":"a","data":{}}',
  "bytes that are not UTF-8": Buffer.from([0x7b, 0xff, 0x7d]),
  "a broken percent-encoding": "%7B%E4",
  "a level too many": `{"data":${"[".repeat(512)}${"]".repeat(512)},"sign":"a"}`,
})) {
  test(`a body with ${title} does not verify`, () => {
    assert.equal(verify(body, KEY), false);
    assert.equal(readNotification(body, KEY), null);
  });
}

test("a notification is read in all its forms", () => {
  const data = { order_id: "A-1", state: "paid", description: "1 + 1 = 100%" };
  const body = signed({ data }, KEY);
  const form = encodeURIComponent(body).replaceAll("%20", "+");
  for (const sent of [body, Buffer.from(body), `resultData=${form}`, form, `resultData=${body}`]) {
    assert.deepEqual(readNotification(sent, KEY), data);
  }
  assert.equal(readNotification(body, "another key"), null);
  assert.equal(readNotification(signed({ data: {} }, KEY), KEY), null);
});

test("of a notification only its data is signed, and a request is none", () => {
  const data = { state: "paid" };
  assert.deepEqual(readNotification(JSON.stringify({ time: 5, data, sign: sign({ data }, KEY) }), KEY), data);
  for (const request of [{ user: "1", method: "m", time: 5, data }, { user: "1" }]) {
    assert.equal(verify(signed(request, KEY), KEY), true);
    assert.equal(readNotification(signed(request, KEY), KEY), null);
  }
});

test("a long text is read", () => {
  const data = { text: "龙".repeat(16_000_000), escapes: '\\"'.repeat(100_000), numbers: "1.50 -2e3" };
  assert.equal(readNotification(signed({ data }, KEY), KEY).text.length, data.text.length);
});

test("a message that is no object is refused", () => {
  assert.throws(() => sign("[]", KEY), { name: "SyntaxError", message: "A message is a JSON object." });
  assert.throws(() => sign({ text: "no data" }, KEY), {
    name: "SyntaxError",
    message: "A notification has an object `data`.",
  });
});
