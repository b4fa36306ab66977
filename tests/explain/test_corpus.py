"""Requests signed wrongly by real programs, in four languages, and what the sandbox says of each.

corpus.json holds what the programs print, so the corpus is checked on machines without node, php or java too;
`python tests/explain/record.py` renews it.
"""

from __future__ import annotations

import base64
import json
import random
import re
import shutil
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from mockserver.explain.budget import DEFAULT_UNITS, Budget
from mockserver.explain.mistakes import MISTAKES
from mockserver.explain.search import search
from mockserver.explain.signature import SignedRequest, explain_signature
from mockserver.explain.variants.model import Message
from mockserver.explain.variants.signs import WantedDigests, secret_sent
from mockserver.gateway.methods import ALL_METHODS
from mockserver.signing.php import parse
from mockserver.signing.signature import signed_parameters, verify
from tests.explain.record import COMMANDS, CORPUS, OTHER_KEY, body_of, java_bodies, node_bodies, programs

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

OLDEST_JAVA = 17

# What a merchant signs without sending it: optional fields that the documentation or a published client knows.
OPTIONAL = ("cancel_url", "demo", "ideal_email", "post_email", "redirect_url", "sub_app_id", "sub_open_id", "timeout")

METHODS = tuple(dict.fromkeys(method.name for method in ALL_METHODS))
MADE = {mistake.name for mistake in MISTAKES}


class Case(NamedTuple):
    """A program and what it printed when the corpus was recorded."""

    path: str
    language: str
    mistakes: list[str]
    secret_key: str
    body: str

    @property
    def envelope(self) -> dict[str, Any]:
        envelope: dict[str, Any] = parse(self.body.encode())
        return envelope


CASES = [Case(**case) for case in json.loads(CORPUS.read_text(encoding="utf-8"))]
RIGHT = [case for case in CASES if not case.mistakes]
SEARCHED_TO_THE_END = RIGHT[::4]

every_case = pytest.mark.parametrize("case", CASES, ids=[case.path for case in CASES])
every_right_case = pytest.mark.parametrize("case", RIGHT, ids=[case.path for case in RIGHT])


def test_the_recorded_corpus_is_of_these_programs() -> None:
    recorded = [(case.path, case.mistakes, case.secret_key) for case in CASES]
    assert recorded == [(one.name, list(one.mistakes), one.secret_key) for one in programs()]


def test_the_corpus_makes_every_mistake_alone_and_likely_ones_together() -> None:
    assert {mistake for case in CASES for mistake in case.mistakes} == MADE
    assert {case.mistakes[0] for case in CASES if len(case.mistakes) == 1} == MADE
    assert sum(len(case.mistakes) > 1 for case in CASES) >= 15
    assert min(Counter(case.language for case in RIGHT).values()) >= 3
    assert {case.language for case in RIGHT} == set(COMMANDS)


@every_case
def test_a_wrong_sign_is_refused_and_a_right_one_accepted(case: Case) -> None:
    envelope = case.envelope
    assert set(envelope) == {"user", "sign", "method", "time", "data"}
    verdict = verify(signed_parameters(envelope), envelope["sign"], case.secret_key)
    assert bool(verdict) is not bool(case.mistakes), verdict.string_to_sign


def missing(language: str) -> str:
    """Why the programs of a language cannot run here; empty when they can."""
    command = COMMANDS[language][0]
    if shutil.which(command) is None:
        return f"needs {command}"
    if language == "java":
        reported = subprocess.run([command, "-version"], capture_output=True, text=True, check=True)
        version = re.search(r"javac (\d+)", reported.stdout + reported.stderr)
        if version is None or int(version[1]) < OLDEST_JAVA:
            return f"needs a JDK of version {OLDEST_JAVA} or newer"
    return ""


@pytest.fixture(scope="session")
def lacking() -> dict[str, str]:
    return {language: missing(language) for language in COMMANDS}


@pytest.fixture(scope="session")
def together(lacking: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the programs print in the languages that start slowly."""
    java = {} if lacking["java"] else java_bodies(programs("java"), tmp_path_factory.mktemp("java"))
    return java if lacking["node"] else java | node_bodies(programs("node"))


@pytest.mark.parametrize("program", programs(), ids=[one.name for one in programs()])
def test_a_program_prints_the_recorded_body(program: Any, lacking: dict[str, str], together: dict[str, str]) -> None:
    if lacking[program.language]:
        pytest.skip(lacking[program.language])
    printed = together[program.name] if program.language in {"java", "node"} else body_of(program)
    assert printed == {case.path: case.body for case in CASES}[program.name]


def attempt(case: Case, sign: str) -> SignedRequest:
    """A case's request with some sign."""
    envelope = {**case.envelope, "sign": sign}
    absent = tuple(name for name in OPTIONAL if name not in envelope["data"])
    return SignedRequest(envelope, sign, case.secret_key, {"036870": OTHER_KEY}, absent=absent, methods=METHODS)


def explain(case: Case, sign: str, budget: Budget | None = None) -> set[str]:
    """The mistakes that are named for a case's request with some sign."""
    return set(explain_signature(attempt(case, sign), budget).mistakes)


@pytest.fixture(scope="session")
def hits(pytestconfig: pytest.Config) -> Iterator[Counter[tuple[str, bool]]]:
    """Counts by language what was explained, and says so at the end."""
    counted: Counter[tuple[str, bool]] = Counter()
    yield counted
    rates = [
        f"{language} {counted[language, True]} of {counted[language, True] + counted[language, False]}"
        for language in sorted({language for language, _ in counted})
    ]
    if rates:
        with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(f"\nwrong signs explained: {', '.join(rates)}")  # noqa: T201 - the report of this corpus


@every_case
def test_the_mistakes_of_a_case_are_named(case: Case, hits: Counter[tuple[str, bool]]) -> None:
    mistakes = explain(case, case.envelope["sign"])
    if case.mistakes:
        hits[case.language, mistakes == set(case.mistakes)] += 1
    assert mistakes == set(case.mistakes)


def random_signs(seed: str) -> list[str]:
    """Signs that nothing explains, in the shapes of those that merchants send."""
    chance = random.Random(seed)  # noqa: S311 - the same ones every time
    digest = chance.randbytes(32)
    signs = [digest.hex(), digest.hex().upper(), digest.hex()[:32], digest.hex()[:40], chance.randbytes(64).hex()]
    signs += [base64.b64encode(digest).decode(), base64.urlsafe_b64encode(digest).decode().rstrip("=")]
    signs += [digest.hex()[:63], f"sha256={digest.hex()}", f"{digest.hex()}\n", digest.hex()[:32].upper()]
    return chance.sample(signs, 7)  # each takes a while, and together the cases have all shapes


def test_the_random_signs_are_enough() -> None:
    assert len({sign for case in RIGHT for sign in random_signs(case.path)}) >= 130


def is_whole(sign: str) -> bool:
    """Whether a sign is the whole of a digest that is as long as the right one."""
    wanted = WantedDigests.by(sign)
    return wanted.sizes == {32} and not wanted.rests


@every_right_case
def test_no_mistake_is_named_for_a_random_sign(case: Case) -> None:
    signs = random_signs(case.path)
    few = [sign for sign in signs if not is_whole(sign)]
    found = {sign: explain(case, sign, Budget(for_small=DEFAULT_UNITS)) for sign in few}
    assert {sign: named for sign, named in found.items() if named} == {}
    # The same strings are tried for all whole ones, so these are searched for at once.
    whole = [sign for sign in signs if is_whole(sign)]
    assert not any(secret_sent(sign, case.secret_key) for sign in whole)
    digests = {digest: form for sign in whole for digest, form in WantedDigests.by(sign).whole.items()}
    body, _, secret_key, other_keys, absent, *_ = attempt(case, whole[0])
    message = Message.of(body, secret_key, other_keys, absent, METHODS)
    budget = Budget() if case in SEARCHED_TO_THE_END else Budget(for_small=DEFAULT_UNITS)
    assert search(message, WantedDigests(digests), budget).form is None
