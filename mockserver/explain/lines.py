"""The lines that sign a request rightly, by language, and which of them cure each known mistake.

`user`, `method`, `time` (seconds, read once) and `data` are what the request has. Every value of `data` becomes a text,
and this text is both signed and sent, so that no number or JSON is written in two ways.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.variants import (
    cleaning,
    digests,
    escaping,
    joining,
    keys,
    names,
    ordering,
    parameters,
    signs,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PHP = (
    ("values", """
$text = fn ($value) => is_array($value) ? json_encode($value, 320) : (string) $value;
$sent = array_map($text, $data);                    // texts: sign and send the same ones, not escaped, not trimmed"""),
    ("parameters", """
$params = $sent + ['user' => $user, 'method' => $method, 'time' => $time];  // every key that you send, and no sign"""),
    ("order", """
ksort($params, SORT_STRING);                        // by byte: digits, A to Z, _, a to z"""),
    ("joining", """
$pairs = [];
foreach ($params as $name => $value) { $pairs[] = "$name=$value"; }
$string = implode('&', $pairs);                     // & between them only, and no line break at the end"""),
    ("key", """
$secretKey = trim(getenv('YABANDPAY_SECRET_KEY'));  // that of the account whose user you send, as it is"""),
    ("digest", """
$sign = hash_hmac('sha256', $string, $secretKey);   // 64 lower-case hexadecimal digits, sent as they are"""),
    ("", """
$body = json_encode(['user' => $user, 'sign' => $sign, 'method' => $method, 'time' => $time, 'data' => $sent]);"""),
)  # fmt: skip
_NODE = (
    ("", """
const { createHmac } = require('node:crypto');"""),
    ("values", """
const text = (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''));
const sent = {};                                      // texts: sign and send the same ones, not escaped, not trimmed
for (const [name, value] of Object.entries(data)) sent[name] = text(value);"""),
    ("parameters", """
const params = { user, method, time, ...sent };       // every key that you send, and no sign"""),
    ("order", """
const names = Object.keys(params).sort();             // by byte: digits, A to Z, _, a to z"""),
    ("joining", """
const string = names.map((name) => `${name}=${params[name]}`).join('&'); // & between them only, no line break"""),
    ("key", """
const secretKey = process.env.YABANDPAY_SECRET_KEY.trim(); // that of the account whose user you send, as it is"""),
    ("digest", """
const sign = createHmac('sha256', secretKey).update(string, 'utf8').digest('hex'); // 64 digits, sent as they are"""),
    ("", """
const body = JSON.stringify({ user, sign, method, time, data: sent });"""),
)  # fmt: skip
_JAVA = (
    ("", """
// import java.nio.charset.StandardCharsets; import java.util.*; import java.util.stream.Collectors;
// import javax.crypto.Mac; import javax.crypto.spec.SecretKeySpec;"""),
    ("values", """
Map<String, String> sent = new TreeMap<>();  // texts: sign and send the same ones, not escaped, not trimmed
data.forEach((name, value) -> sent.put(name, value == null ? "" : value.toString()));  // lists: as compact JSON"""),
    ("parameters order", """
Map<String, String> params = new TreeMap<>(sent);  // sorted by byte: digits, A to Z, _, a to z"""),
    ("parameters", """
params.put("user", user);
params.put("method", method);
params.put("time", time);  // every key that you send, and no sign"""),
    ("joining", """
String string = params.entrySet().stream().map(one -> one.getKey() + "=" + one.getValue())
    .collect(Collectors.joining("&"));  // & between them only, and no line break at the end"""),
    ("key", """
String secretKey = System.getenv("YABANDPAY_SECRET_KEY").strip();  // of the account whose user you send"""),
    ("digest", """
Mac mac = Mac.getInstance("HmacSHA256");
mac.init(new SecretKeySpec(secretKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
byte[] digest = mac.doFinal(string.getBytes(StandardCharsets.UTF_8));
String sign = HexFormat.of().formatHex(digest);  // 64 lower-case hexadecimal digits, sent as they are"""),
    ("", """
// The body has user, sign, method, time, and sent as its data."""),
)  # fmt: skip
_PYTHON = (
    ("", """
import hashlib, hmac, json, os"""),
    ("values", """
def text(value):
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"))
    return "" if value is None else str(value)
sent = {name: text(value) for name, value in data.items()}  # texts: sign and send the same ones, not escaped"""),
    ("parameters", """
params = {"user": user, "method": method, "time": time, **sent}  # every key that you send, and no sign"""),
    ("order joining", """
string = "&".join(f"{name}={params[name]}" for name in sorted(params))  # sorted by byte, & between them only"""),
    ("key", """
secret_key = os.environ["YABANDPAY_SECRET_KEY"].strip()  # that of the account whose user you send, as it is"""),
    ("digest", """
sign = hmac.new(secret_key.encode(), string.encode(), hashlib.sha256).hexdigest()  # 64 digits, sent as they are"""),
    ("", """
body = json.dumps({"user": user, "sign": sign, "method": method, "time": time, "data": sent})"""),
)  # fmt: skip

PROGRAMS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {"PHP": _PHP, "Node": _NODE, "Java": _JAVA, "Python": _PYTHON}
)
"""By language the steps of signing: their names, and the lines of each."""

_BY_MODULE = {
    parameters: "parameters", names: "parameters", ordering: "order", values: "values", cleaning: "values",
    escaping: "values", joining: "joining", keys: "key", digests: "digest", signs: "digest",
}  # fmt: skip
STEPS: Mapping[str, str] = MappingProxyType(
    {
        **{mistake.name: step for module, step in _BY_MODULE.items() for mistake in module.MISTAKES},
        "time differs": "parameters",
        "secret among the parameters": "parameters key",
        "entity decoded": "values",
        "other Unicode form": "values",
        "other character set": "digest",
        "documentation's sample": "key digest",
    }
)
"""The step of signing that each known mistake is made in."""


class Lines(NamedTuple):
    """Some lines of a program; `is_cure` marks those that a mistake is cured by."""

    text: str
    is_cure: bool


def lines_for(mistakes: Iterable[str], steps: Iterable[str] = ()) -> dict[str, tuple[Lines, ...]]:
    """By language the lines that sign rightly, in which the cures of these mistakes and these steps are marked."""
    wanted = {step for name in mistakes for step in STEPS.get(name, "").split()}.union(steps)
    return {
        language: tuple(Lines(lines.strip("\n"), not wanted.isdisjoint(own.split())) for own, lines in program)
        for language, program in PROGRAMS.items()
    }
