"""Why a signature does not match, in words: what the client did, what to do instead, and where the strings differ."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.diagnostics import diagnose, shortened
from mockserver.explain.mistakes import BY_NAME, variants_at
from mockserver.explain.pipeline import STAGES, Branch, Pipeline, encoded
from mockserver.explain.search import SearchResult, search
from mockserver.explain.variants.model import Hide, Message, Stage, Variant
from mockserver.explain.variants.published_signs import PUBLISHED_SIGNS
from mockserver.explain.variants.signs import (
    RIGHT_SHAPE,
    SignForm,
    WantedDigests,
    is_altered,
    secret_sent,
    shape,
    type_sent,
)
from mockserver.masking import Secrets
from mockserver.signing.php import text_of
from mockserver.signing.signature import both_strings_to_sign
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mockserver.explain.budget import Budget
    from mockserver.signing.php import Value

_RIGHT = message("The signature is correct.")
_NOT_ALL_PAIRS = message(
    "No known mistake explains this signature by itself, and not all pairs of mistakes were tried."
)
_UNKNOWN = message(
    "No known mistake explains this signature: the body is probably not what was signed,"
    " or the secret key is different."
)
_TOO_LARGE = message(
    "The body is too large to try all known mistakes, and the likeliest do not explain this signature."
)
_COMPARE = message("Compare the string that you signed byte by byte with the sandbox's, then check the secret key.")
_TRY_MORE = message("Save the request and run yabandpay-mock explain with it, which tries far more.")
_SEND_LESS = message(
    "Sign a smaller body, or save this one and run yabandpay-mock explain with it, which tries far more."
)
_SIGNED_OTHER = message("{field}: you signed {signed}, sent {sent}")
_READ_OTHER = message("{field}: you signed {signed}, the gateway reads {sent}")
_AND_MORE = message("and {more} more")
_MOST_SHOWN = 2
_LONGEST_VALUE = 60
_VISIBLE = {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0xA0: "<no-break space>",
    0x200B: "<zero-width space>",
}
LONGEST_SHOWN = 8 * 1024
"""The bytes of a string that an explanation has by default."""

_SHOWN_BEFORE = 1024
_PIECE = 4096
_RIGHT_SIZE = 32
_LONGEST_PAIRED = 4096


class SignedRequest(NamedTuple):
    """What is known of a wrongly signed request, or of a notification.

    `parameters` is the body as `signing.php.parse` reads it: the envelope of a request, or of a notification,
    which has no method. `other_keys` holds the secret keys of other accounts by their users; `absent` names
    the optional fields of the method that the body does not have, `methods` all methods. `hide` gives a text as it may
    be shown, without any key; what it gives is shown. Left out, it knows of these keys alone.
    """

    parameters: Mapping[str, Value]
    signature: str
    secret_key: str
    other_keys: Mapping[str, str]
    absent: tuple[str, ...] = ()
    hide: Hide | None = None
    methods: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Shows the sign, and no key."""
        return f"SignedRequest({self.signature[:64]!r})"


class Explanation(NamedTuple):
    """What was found out; the secret key stands in none of it.

    `mistakes` names the known mistakes that together give the client's sign, and is empty where none do or the
    sign is right. `sandbox_string` is, of the two accepted strings, the one nearer to the client's.
    `client_string` is empty where it is unknown. `first_difference` is the offset of the first differing byte,
    None where the strings are equal or the client's is unknown. `checked` are facts where nothing fits.
    At most 8 KiB of either string are shown, from the byte `shown_from` of the whole string on.
    """

    mistakes: tuple[str, ...]
    sentence: str
    cure: str
    sandbox_string: str
    client_string: str
    first_difference: int | None
    checked: tuple[str, ...]
    shown_from: int = 0


def explain_signature(request: SignedRequest, budget: Budget | None = None) -> Explanation:
    """Find out what the client did that gives its sign, as far as the budget, or the default one, allows."""
    return around_difference(explain_wholly(request, budget))


def around_difference(found: Explanation) -> Explanation:
    """An explanation of which at most 8 KiB of either string are shown, around their first difference."""
    content = found.sandbox_string.encode("utf-8", "replace")
    start = _start(content, found.first_difference or 0)
    client = found.client_string.encode("utf-8", "replace")
    return found._replace(sandbox_string=_cut(content, start), client_string=_cut(client, start), shown_from=start)


def explain_wholly(request: SignedRequest, budget: Budget | None = None) -> Explanation:
    """The same with both strings whole."""
    message = Message.of(request.parameters, request.secret_key, request.other_keys, request.absent, request.methods)
    hide = request.hide or hiding(request.secret_key, *request.other_keys.values())
    mistakes = _recognized(request, message)
    found = search(message, WantedDigests({}) if mistakes else WantedDigests.by(request.signature), budget)
    if found.form is not None:
        return _explained(found, found.form, hide)
    hidden = message.hidden(hide)
    sandbox_string, _ = _signed(Pipeline(hidden, drops_empties=found.pipeline.drops_empties), (), hide)
    if mistakes:
        sentence, cure = _sentence({name: [] for name in mistakes}), _cure(mistakes)
        return Explanation(mistakes, sentence, cure, sandbox_string, "", None, ())
    checked = diagnose(hidden, request.signature, found, len(request.other_keys))
    return Explanation((), *_unknown(request.signature, found), sandbox_string, "", None, checked)


class StringVerdict(NamedTuple):
    """What is certain about a string that a client says it signed; `hide` has masked none of it.

    `text` is the string with the line breaks that it was signed with. `is_right` says whether it is one of the strings
    that the gateway accepts. `makes_sign` says whether it gives the client's sign: rightly signed, or with `mistakes`,
    which `sentence` and `cure` are about.
    """

    text: str
    is_right: bool
    makes_sign: bool
    mistakes: tuple[str, ...] = ()
    sentence: str = ""
    cure: str = ""


def judge_string(
    request: SignedRequest, texts: Sequence[str], pause: Callable[[], None] | None = None
) -> StringVerdict:
    """Find out whether a string gives the client's sign; `texts` are its readings, the likeliest first.

    `pause` is called between the attempts.
    """
    message = Message.of(request.parameters, request.secret_key, request.other_keys, request.absent, request.methods)
    parameters = message.parameters
    right = both_strings_to_sign(parameters)
    wanted = WantedDigests.by(request.signature)
    for text in texts:
        for variants, digest in _signed_with(message, text, wanted.sizes):
            form = wanted.form(digest)
            if form is None:
                if pause is not None and len(variants) == 1:
                    pause()
                continue
            details: dict[str, list[str]] = {}
            for variant in variants:
                _add_detail(details, variant.mistakes, shortened(variant.detail))
            _add_detail(details, form.mistakes, shortened(form.detail))
            said = (_sentence(details), _cure(details)) if details else ("", "")
            return StringVerdict(text, text in right, True, tuple(details), *said)
    return StringVerdict(texts[0], texts[0] in right, makes_sign=False)


def _signed_with(message: Message, text: str, sizes: frozenset[int]) -> Iterator[tuple[tuple[Variant, ...], bytes]]:
    """The digests of a string: the right one, those of each mistake after joining, and of a key with another hash."""
    pipeline = Pipeline(message, drops_empties=False)
    states = pipeline.following(text, Stage.STRING)
    hashes = list(variants_at(Stage.DIGEST, message))
    if _RIGHT_SIZE in sizes:
        yield (), pipeline.digests[Stage.STRING](text)
    for hashed in hashes:
        yield (hashed,), hashed.step(states[Stage.DIGEST])
    for stage in (Stage.STRING, Stage.BYTES, Stage.KEY):
        for variant in variants_at(stage, message):
            until, made = variant.until or STAGES[stage + 1], variant.step(states[stage])
            if _RIGHT_SIZE in sizes:
                yield (variant,), pipeline.digests[until](made)
            for hashed in hashes if stage is Stage.KEY and len(text) <= _LONGEST_PAIRED else ():
                yield (variant, hashed), hashed.step(made)


def _unknown(signature: str, found: SearchResult) -> tuple[str, str]:
    """What is said where nothing fits: what is wrong with the form of the sign, and what was tried."""
    sentence, cure = _UNKNOWN, _COMPARE
    if found.tried and not found.tried_singles:
        sentence, cure = _TOO_LARGE, f"{_SEND_LESS} {_COMPARE}"
    elif found.tried and not found.tried_pairs:
        sentence, cure = _NOT_ALL_PAIRS, f"{_TRY_MORE} {_COMPARE}"
    said = shape(signature)
    return (sentence if said == RIGHT_SHAPE else f"{said} {sentence}"), cure


def hiding(secret_key: str, *others: str) -> Hide:
    """What gives a text as it may be shown that is about an account with this key."""
    return partial(Secrets(secret_key, *others).text, own=secret_key)


def _recognized(request: SignedRequest, message: Message) -> tuple[str, ...]:
    """The mistakes that a wrong sign shows by itself, whatever string was signed."""
    sign = request.signature.strip()
    pipelines = [Pipeline(message, drops_empties=drops_empties) for drops_empties in (False, True)]
    rights = [pipeline.right_digest.hex() for pipeline in pipelines]
    if sign.lower() in rights:
        return ()
    if sign.lower() in PUBLISHED_SIGNS:
        return ("documentation's sample",)
    if any(is_altered(sign.lower(), right) for right in rights):
        return ("sign altered",)
    return ("type sent as the sign",) if type_sent(sign) else secret_sent(sign, request.secret_key.strip())


def _explained(found: SearchResult, form: SignForm, hide: Hide) -> Explanation:
    shown = Pipeline(found.pipeline.message.hidden(hide), drops_empties=found.pipeline.drops_empties)
    details: dict[str, list[str]] = {}
    for branch, differences in zip(found.branches, _differences(shown, found.branches, hide), strict=True):
        _add_detail(details, branch.mistakes, ", ".join(filter(None, (shortened(branch.variant.detail), differences))))
    _add_detail(details, form.mistakes, shortened(form.detail))
    sandbox_string, right = _signed(shown, (), hide)
    client_string, signed = _signed(shown, found.branches, hide)
    differs_at = first_difference(right, signed)
    if differs_at is None and _strings_differ(found):
        client_string = ""  # what differs is hidden
    return Explanation(
        mistakes=tuple(details),
        sentence=_sentence(details) if details else _RIGHT,
        cure=_cure(details),
        sandbox_string=sandbox_string,
        client_string=client_string,
        first_difference=differs_at,
        checked=(),
    )


def _add_detail(details: dict[str, list[str]], mistakes: tuple[str, ...], detail: str) -> None:
    for name in mistakes:
        details.setdefault(name, [])
    if detail:
        details[mistakes[-1]].append(detail)


def _differences(shown: Pipeline, branches: tuple[Branch, ...], hide: Hide) -> Iterator[str]:
    """For each branch the values that it changes, as they were signed and as they were sent; nothing for others."""
    for number, branch in enumerate(branches):
        if not Stage.SIGN <= branch.stage < Stage.ORDER or branch.until > Stage.ORDER:
            yield ""
            continue
        before = shown.state_at(branch.stage, branches[:number])
        after = branch.variant.step(before)
        changed = [
            _changed(name, after[name], value, hide)
            for name, value in before.items()
            if name in after and text_of(after[name]) != text_of(value)
        ]
        more = len(changed) - _MOST_SHOWN
        shown_ones = changed[:_MOST_SHOWN] + ([_AND_MORE.format(more=more)] if more > 0 else [])
        yield "; ".join(shown_ones)


def _changed(name: str, signed: Value, sent: Value, hide: Hide) -> str:
    template = _SIGNED_OTHER if type(sent) is str else _READ_OTHER
    signed_text, sent_text = (_quoted(hide(text_of(value))) for value in (signed, sent))
    return template.format(field=name, signed=signed_text, sent=sent_text)


def _quoted(text: str) -> str:
    """A value in a sentence: where it ends and what is invisible in it can be seen."""
    shown = text.translate(_VISIBLE)
    shown = shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}…"
    return f'"{shown}"' if not shown or shown != shown.strip() else shown


def _cure(mistakes: Iterable[str]) -> str:
    return " ".join([BY_NAME[name].cure for name in mistakes])


def _sentence(details: Mapping[str, list[str]]) -> str:
    """What the client did as one sentence, with the details in brackets."""
    clauses: list[str] = []
    for name, texts in details.items():
        clause = BY_NAME[name].sentence.removesuffix(".")
        if clauses:
            clause = clause[0].lower() + clause[1:]
        clauses.append(f"{clause} ({'; '.join(texts)})" if texts else clause)
    return ", and ".join(clauses) + "."


def _strings_differ(found: SearchResult) -> bool:
    """Whether the client signed another string than the sandbox, hidden parts included."""
    return bool(found.pipeline.state_at(Stage.BYTES, found.branches) != found.pipeline.state_at(Stage.BYTES))


def _signed(shown: Pipeline, branches: tuple[Branch, ...], hide: Hide) -> tuple[str, bytes]:
    """The string that these branches lead to, and the bytes of it, both with the secret key hidden."""
    around = [one.variant.around for one in branches if one.stage == Stage.DIGEST]
    before, after = around[0] if around else ("", "")
    text = hide(f"{before}{shown.state_at(Stage.BYTES, branches)}{after}")
    if any(one.stage == Stage.BYTES for one in branches):
        return text, shown.state_at(Stage.KEY, branches)
    return text, encoded(text)


def first_difference(right: bytes, signed: bytes) -> int | None:
    """The offset of the first byte in which two strings differ, None where they are equal."""
    if right == signed:
        return None
    shorter = min(len(right), len(signed))
    start = next(
        (at for at in range(0, shorter, _PIECE) if right[at : at + _PIECE] != signed[at : at + _PIECE]), shorter
    )
    pieces = zip(right[start : start + _PIECE], signed[start : start + _PIECE], strict=False)
    return next((start + at for at, (one, other) in enumerate(pieces) if one != other), shorter)


def _start(content: bytes, first_difference: int) -> int:
    """Where to begin to show a string; at 0 if its first difference is not far, and with a whole character."""
    start = first_difference - _SHOWN_BEFORE if first_difference > LONGEST_SHOWN // 2 else 0
    while start > 0 and content[start : start + 1] and content[start] & 0xC0 == 0x80:  # noqa: PLR2004 - inside UTF-8
        start -= 1
    return start


def _cut(content: bytes, start: int) -> str:
    return content[start : start + LONGEST_SHOWN].decode("utf-8", "ignore")
