"""The documentation of the payer's return to the shop (protocol.md 4.5), with the lines that verify it."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from mockserver.pages.docs.markdown import code_block, table
from mockserver.pages.docs.method_examples import ExampleSandbox
from mockserver.pages.language import speaker
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

VERIFYING: Mapping[str, str] = MappingProxyType(
    {
        "php": """
$payload = json_decode($_POST['resultData'] ?? '', true);
$data = is_array($payload['data'] ?? null) ? $payload['data'] : [];
ksort($data, SORT_STRING);                                  // every field, also unknown ones
$parts = [];
foreach ($data as $key => $value) { $parts[] = "$key=$value"; }
$expected = hash_hmac('sha256', implode('&', $parts), $secretKey);
if (!hash_equals($expected, (string) ($payload['sign'] ?? ''))) { http_response_code(400); exit('bad'); }
echo $data['order_id'], ' is ', $data['state'];             // verified; now ask v3.QueryOrder
""",
        "js": """
const { data, sign } = JSON.parse(new URLSearchParams(body).get('resultData')); // body: the text of the POST
const signed = Object.keys(data).sort().map((key) => `${key}=${data[key]}`).join('&'); // every field
const expected = createHmac('sha256', secretKey).update(signed).digest();
const received = Buffer.from(String(sign), 'hex');
const verified = received.length === expected.length && timingSafeEqual(received, expected);
if (!verified) return reply(400, 'bad');
return reply(200, `${data.order_id} is ${data.state}`); // verified; now ask v3.QueryOrder
""",
        "python": """
payload = json.loads(form["resultData"])  # in Flask request.form, in Django request.POST
data, received = payload["data"], str(payload["sign"])
signed = "&".join(f"{key}={data[key]}" for key in sorted(data))  # every field, also unknown ones
expected = hmac.new(secret_key.encode(), signed.encode(), hashlib.sha256).hexdigest()
if not hmac.compare_digest(expected.encode(), received.encode()):
    return "bad", 400
return f"{data['order_id']} is {data['state']}", 200  # verified; now ask v3.QueryOrder
""",
        "java": """
// data and sign: the members of the JSON in request.getParameter("resultData"), read by your JSON library
String signed = new TreeMap<>(data).entrySet().stream()     // every field, also unknown ones
    .map(field -> field.getKey() + "=" + field.getValue()).collect(Collectors.joining("&"));
Mac mac = Mac.getInstance("HmacSHA256");
mac.init(new SecretKeySpec(secretKey.getBytes(UTF_8), "HmacSHA256"));
byte[] expected = HexFormat.of().formatHex(mac.doFinal(signed.getBytes(UTF_8))).getBytes(UTF_8);
if (!MessageDigest.isEqual(expected, sign.getBytes(UTF_8))) return "bad";
return data.get("order_id") + " is " + data.get("state");   // verified; now ask v3.QueryOrder
""",
    }
)
"""The lines that verify the signature of a return, by language. The values of a payment's data are all texts."""

_TITLES = {"php": "PHP", "js": "Node", "python": "Python", "java": "Java"}


def return_field(payload: str, return_method: str) -> tuple[str, str]:
    """The name and value of the form field by which a browser sends a payload.

    A browser writes `name=value`. For `raw` the equals sign is a text of its own in the JSON object, beside `data`, so
    that the body is the payload from its first byte to its last.
    """
    return (f'{payload[:-1]},"form":"', '"}') if return_method == "raw" else ("resultData", payload)


def browser_return(language: str) -> str:
    """The page as Markdown; its examples are those of a payment that a sandbox has just played."""
    say = speaker(language)
    payload = ExampleSandbox.of_the_docs().play("v3.CreatePayments").notification
    ways = [
        ("`post`", say("a form POST of the signed payload, in the field `resultData`; the default"), "C1, C3"),
        ("`raw`", say("a form POST whose whole body is the percent-encoded payload"), "C4"),
        ("`get`", say("a plain GET, without any data"), "C2, C5"),
    ]
    parts = [
        f"# {say('Browser return')}",
        say(_INTRODUCTION),
        table(("--return-method", say("how the browser arrives"), say("source")), ways),
        f"## {say('Form POST')}",
        say("The payload is that of the notification, signed in the same way:"),
        code_block("json", json.dumps(json.loads(payload), ensure_ascii=False, indent=2)),
        say("The browser sends it like this:"),
        code_block("http", _posted(payload, "post")),
        say("With `raw`, the body has no prefix. A browser needs an equals sign, so a key `form` is beside `data`:"),
        code_block("http", _posted(payload, "raw")),
        f"## {say('Verify the return')}",
        say(_ADVICE),
    ]
    for name, lines in VERIFYING.items():
        parts += [f"### {_TITLES[name]}", code_block(name, lines.strip())]
    return "<!-- Generated by `make docs`; edit the code instead. -->\n\n" + "\n\n".join(parts) + "\n"


def _posted(payload: str, return_method: str) -> str:
    body = urlencode([return_field(payload, return_method)])
    return f"POST / HTTP/1.1\nHost: shop.example\nContent-Type: application/x-www-form-urlencoded\n\n{body}"


_INTRODUCTION = message(
    "After the payment, the payer's browser goes to the `redirect_url` of the request, whatever the outcome: `state`"
    " may also be `cancelled`, `expired` or `processing`. No page of the gateway describes how; this is what the"
    " published clients expect (protocol.md 4.5). The setting `--return-method` chooses one of them:"
)
_ADVICE = message(
    "The form is posted from another site. So except this address from CSRF checks, and expect a browser that sends no"
    " session cookie with `SameSite=Lax` or `Strict`: find the order by `order_id`, not by the session. The payload is"
    " signed, but anybody can send it a second time, and an older one may say less than you know. Verify it, then ask"
    " v3.QueryOrder, and act on a payment only once. Ship by the notification, which also comes when the browser"
    " never does."
)
