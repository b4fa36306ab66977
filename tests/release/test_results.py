from __future__ import annotations

from release.results import WIDTH, Result, judged, succeeded, table

PASSED, FAILED = Result.passed("a", "well"), Result.failed("b", "bad")
OPEN, SKIPPED = Result.open("c", "not known"), Result.skipped("d", "not here")


def test_what_is_open_fails_a_release_only() -> None:
    assert succeeded([PASSED, SKIPPED], release=True)
    assert succeeded([PASSED, OPEN], release=False)
    assert not succeeded([PASSED, OPEN], release=True)
    assert not succeeded([PASSED, FAILED], release=False)


def test_faults_are_listed() -> None:
    assert judged("x", [], "well") == Result.passed("x", "well")
    assert judged("x", ["one", "two"], "well") == Result.failed("x", "one\ntwo")


def test_the_table_shows_every_result_in_full() -> None:
    shown = table([PASSED, FAILED, OPEN, SKIPPED, Result.failed("long name", "word " * 60)])
    assert shown.splitlines()[:4] == [
        "a          passed   well",
        "b          FAILED   bad",
        "c          OPEN     not known",
        "d          skipped  not here",
    ]
    assert shown.count("word") == 60
    assert max(map(len, shown.splitlines())) <= WIDTH
