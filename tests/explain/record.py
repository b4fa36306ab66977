"""Runs the programs of the corpus and writes what they print to corpus.json: `python tests/explain/record.py`.

A program says in its first lines what its merchant believed, which mistakes that makes (`mistakes: none` when it
signs rightly), and with `key:` which secret key it needs when that is not the usual one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

SECRET_KEY = "k3y-for-the-corpus-8d1f"
OTHER_KEY = "another-merchants-key-77aa"

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus.json"
COMMANDS = {
    "python": [sys.executable, "-I", "-S", "-X", "utf8"],
    "node": ["node"],
    "php": ["php", "-d", "display_errors=stderr"],
    "java": ["javac"],
}
QUICK_START = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]  # of a Java machine that lives for a second


class Program(NamedTuple):
    """A program of the corpus with what its first lines say."""

    path: Path
    language: str
    mistakes: tuple[str, ...]
    secret_key: str

    @property
    def name(self) -> str:
        return f"{self.language}/{self.path.name}"


def programs(language: str = "*") -> list[Program]:
    return [_read(path) for path in sorted((HERE / "programs").glob(f"{language}/*.*"))]


def _read(path: Path) -> Program:
    head = path.read_text(encoding="utf-8")[:400]
    mistakes = re.search(r"^\W*mistakes: (.+)$", head, re.MULTILINE)
    key = re.search(r"^\W*key: (\S+)$", head, re.MULTILINE)
    assert mistakes, f"{path} does not say its mistakes"
    named = () if mistakes[1] == "none" else tuple(sorted(mistakes[1].split(", ")))
    return Program(path, path.parent.name, named, key[1] if key else SECRET_KEY)


def body_of(program: Program) -> str:
    """What a program prints in a language that starts quickly."""
    command = [*COMMANDS[program.language], str(program.path), program.secret_key, OTHER_KEY]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=60, env=_environment())
    return printed.stdout.decode().removesuffix("\n")


def java_bodies(found: list[Program], folder: Path) -> dict[str, str]:
    """What the Java programs print: compiled at once and run in one machine, as starting one for each takes long."""
    calls = [f'run("{one.path.stem}", "{one.secret_key}", {_main_class(one)}::main);' for one in found]
    runner = folder / "RunAll.java"
    runner.write_text(_RUNNER % "\n        ".join(calls), encoding="utf-8")
    sources = [str(runner), *[str(one.path) for one in found]]
    compiling = [
        "javac",
        *[f"-J{option}" for option in QUICK_START],
        "-proc:none",
        "-encoding",
        "UTF-8",
        "-d",
        str(folder),
    ]
    subprocess.run([*compiling, *sources], check=True, timeout=120, env=_environment())
    running = ["java", *QUICK_START, "-Dfile.encoding=UTF-8", "-cp", str(folder), "RunAll", str(folder), OTHER_KEY]
    subprocess.run(running, check=True, timeout=120, env=_environment())
    return {
        one.name: (folder / f"{one.path.stem}.json").read_text(encoding="utf-8").removesuffix("\n") for one in found
    }


def node_bodies(found: list[Program]) -> dict[str, str]:
    """What the JavaScript programs print, run in one process for the same reason."""
    calls = json.dumps([[one.name, str(one.path), one.secret_key] for one in found])
    command = [*COMMANDS["node"], "-e", _RUNNER_OF_NODE, calls, OTHER_KEY]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=120, env=_environment())
    return {name: body.removesuffix("\n") for name, body in json.loads(printed.stdout).items()}


def _main_class(program: Program) -> str:
    declared = re.search(r"^(?:public )?(?:final )?class (\w+)", program.path.read_text(encoding="utf-8"), re.MULTILINE)
    assert declared, f"{program.path} declares no class"
    return declared[1]


_RUNNER = """
import java.io.PrintStream;

class RunAll {
    interface Main { void run(String[] arguments) throws Exception; }

    static String folder, otherKey;

    static void run(String name, String secretKey, Main main) throws Exception {
        try (PrintStream out = new PrintStream(folder + "/" + name + ".json", "UTF-8")) {
            System.setOut(out);
            main.run(new String[] {secretKey, otherKey});
        }
    }

    public static void main(String[] arguments) throws Exception {
        folder = arguments[0];
        otherKey = arguments[1];
        %s
    }
}
"""

_RUNNER_OF_NODE = """
const [node, calls, otherKey] = process.argv;
const write = process.stdout.write;
const bodies = {};
for (const [name, path, secretKey] of JSON.parse(calls)) {
  bodies[name] = "";
  process.argv = [node, path, secretKey, otherKey];
  process.stdout.write = (text) => { bodies[name] += text; return true; };
  require(path);
}
process.stdout.write = write;
console.log(JSON.stringify(bodies));
"""


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        together = java_bodies(programs("java"), Path(folder)) | node_bodies(programs("node"))
    cases = [
        {
            "path": one.name,
            "language": one.language,
            "mistakes": list(one.mistakes),
            "secret_key": one.secret_key,
            "body": together.get(one.name) or body_of(one),
        }
        for one in programs()
    ]
    CORPUS.write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
