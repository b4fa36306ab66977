"""`python -m release check|prepare|repository`: what `make release-check`, `release` and `repository` run."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from release import steps, tree
from release.context import Context
from release.preparing import prepare
from release.project import Project
from release.pythons import discover
from release.results import CheckFailedError, Result, State, succeeded, table

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    root = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    root.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout (default: this folder)")
    commands = root.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="build the packages twice, and check everything about them")
    for command in (check, commands.add_parser("prepare", help="date the changelog, commit, check, and tag")):
        command.add_argument("--python", action="append", default=[], help="a Python to install on, beside those found")
        command.add_argument(
            "--output", type=Path, help="where the packages, the SBOM and the notes go (default: dist)"
        )
    check.add_argument("--only", default=",".join(steps.STEPS), help="the steps, by comma: %(default)s")
    check.add_argument("--release", action="store_true", help="fail where something is open")
    check.add_argument("--tag", default="", help="the tag of the release, such as v1.0.0")
    check.add_argument("--offline", action="store_true", help="do not ask for vulnerabilities")
    check.add_argument("--allow-dirty", action="store_true", help="check the last commit although files have changed")
    owner = commands.add_parser("repository", help="fill in the owner of the repository on GitHub")
    owner.add_argument("owner")
    return root


def main(arguments: list[str] | None = None) -> int:
    """Run a command; give its exit status."""
    given = parser().parse_args(arguments)
    project = Project(given.root.resolve())
    try:
        if given.command == "repository":
            return fill_in(project, given.owner)
        if given.command == "prepare":
            today = datetime.now(timezone.utc).date().isoformat()
            tag = prepare(project, today, lambda tag: checked(project, given, release=True, tag=tag))
            print(f"\n{tag} is made. To publish it: git push --atomic origin main {tag}")
            return 0
        return 0 if checked(project, given, release=given.release, tag=given.tag) else 1
    except CheckFailedError as error:
        print(error, file=sys.stderr)
        return 1


def checked(project: Project, given: argparse.Namespace, *, release: bool, tag: str) -> bool:
    """Run the steps, print their results as they come and as a table, and say whether all is well."""
    chosen = set(vars(given).get("only", ",".join(steps.STEPS)).split(","))
    if unknown := chosen - steps.STEPS.keys():
        raise CheckFailedError(f"there is no step {', '.join(sorted(unknown))}; there are {', '.join(steps.STEPS)}")
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        context = Context(
            project,
            scratch=Path(scratch),
            output=(given.output or project.root / "dist").resolve(),
            release=release,
            tag=tag,
            offline=vars(given).get("offline", False),
            allow_dirty=vars(given).get("allow_dirty", False),
            pythons=discover(project.pythons, given.python) if "install" in chosen else [],
        )
        for result in steps.run(context, chosen):
            if result.state is not State.SKIPPED:
                print(f"{result.state.value:<8} {result.check}", flush=True)
            results.append(result)
    print(f"\n{table(results)}\n\n{verdict(results, release=release)}")
    return succeeded(results, release=release)


def verdict(results: list[Result], *, release: bool) -> str:
    """The last line."""
    count = {state: sum(result.state is state for result in results) for state in State}
    said = ", ".join(f"{number} {state.value.lower()}" for state, number in count.items() if number)
    if succeeded(results, release=release):
        still = " Close what is open before a release." if count[State.OPEN] else ""
        return f"Nothing failed: {said}.{still}"
    return f"Not to be released: {said}."


def fill_in(project: Project, owner: str) -> int:
    """Write the owner of the repository wherever it is missing."""
    if not _OWNER.fullmatch(owner):
        raise CheckFailedError(f"{owner!r} is no name of an owner on GitHub, such as acme")
    names = tree.fill_in(project, owner)
    print("\n".join(names) if names else "The owner is filled in already.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
