"""The lines that sign rightly, run in their languages for every request of the corpus of mistakes."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.explain.lines import PROGRAMS, STEPS, lines_for
from mockserver.explain.mistakes import MISTAKES
from mockserver.signing.php import parse, text_of
from mockserver.signing.signature import sign, signed_parameters, string_to_sign, verify
from tests.explain.record import CORPUS, QUICK_START

if TYPE_CHECKING:
    from pathlib import Path

CASES = [(case["secret_key"], case["body"]) for case in json.loads(CORPUS.read_text(encoding="utf-8"))]
USED = [(key, {**json.loads(body), "sign": ""}) for key, body in CASES]
PARTS = ("user", "method", "time", "data")


def program(language: str) -> str:
    return "\n".join(lines.text for lines in lines_for(())[language])


def test_each_known_mistake_is_cured_in_a_step_of_every_language() -> None:
    assert set(STEPS) == {mistake.name for mistake in MISTAKES}
    for mistake in MISTAKES:
        for language, lines in lines_for([mistake.name]).items():
            cures = [one for one in lines if one.is_cure]
            assert cures, (language, mistake.name)
            assert len(cures) < len(lines)
    assert not any(one.is_cure for language in PROGRAMS for one in lines_for(())[language])


def printed(command: list[str], given: str = "") -> list[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.splitlines()


def in_php() -> list[str]:
    code = f"""foreach (json_decode(file_get_contents('php://stdin'), true) as [$key, $case]) {{
    putenv("YABANDPAY_SECRET_KEY=$key");
    ['user' => $user, 'method' => $method, 'time' => $time, 'data' => $data] = $case;
    {program("PHP")}
    echo base64_encode($body), "\\n";
}}"""
    return printed(["php", "-r", code], json.dumps(USED))


def in_node() -> list[str]:
    code = f"""for (const [key, {{ user, method, time, data }}] of JSON.parse(require('fs').readFileSync(0))) {{
    process.env.YABANDPAY_SECRET_KEY = key;
    {program("Node")}
    console.log(Buffer.from(body).toString('base64'));
}}"""
    return printed(["node", "-e", code], json.dumps(USED))


def in_python() -> list[str]:
    found = []
    for key, case in USED:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("YABANDPAY_SECRET_KEY", key)
            names = {name: case[name] for name in PARTS}
            exec(program("Python"), names)  # noqa: S102 - the lines that are shown
            found.append(base64.b64encode(names["body"].encode()).decode())
    return found


@pytest.mark.parametrize("run", [in_php, in_node, in_python])
def test_the_lines_sign_every_request_of_the_corpus_rightly(run: Any) -> None:
    bodies = run()
    assert len(bodies) == len(CASES)
    exact = 0
    for (key, case), text in zip(USED, bodies, strict=True):
        body = parse(base64.b64decode(text))
        assert isinstance(body, dict)
        assert verify(signed_parameters(body), str(body["sign"]), key).empty_values == "kept", case
        if all(isinstance(value, str) for value in case["data"].values()):  # what is signed is what the program had
            assert body["sign"] == sign(string_to_sign(signed_parameters(parse(json.dumps(case).encode()))), key)
            exact += 1
    assert exact > len(CASES) // 2


def test_the_lines_of_java_sign_every_request_of_the_corpus_rightly(tmp_path: Path) -> None:
    cases = [(key, case) for key, case in USED if key == CASES[0][0]]
    texts = [[*(str(case[name]) for name in PARTS[:3]), *(
        text for name, value in parse(json.dumps(case).encode())["data"].items() for text in (name, text_of(value))
    )] for _, case in cases]  # fmt: skip
    given = "\n".join(",".join(base64.b64encode(text.encode()).decode() for text in case) for case in texts)
    code = program("Java").replace('System.getenv("YABANDPAY_SECRET_KEY")', "arguments[0]")
    imports = "".join(f"{line.removeprefix('// ')}\n" for line in code.splitlines() if line.startswith("// import"))
    (tmp_path / "Signing.java").write_text(f"""{imports}
class Signing {{
    public static void main(String[] arguments) throws Exception {{
        for (Scanner in = new Scanner(System.in); in.hasNextLine();) {{
            String[] given = in.nextLine().split(",", -1);
            for (int at = 0; at < given.length; at++)
                given[at] = new String(Base64.getDecoder().decode(given[at]), StandardCharsets.UTF_8);
            Map<String, Object> data = new HashMap<>();
            for (int at = 3; at < given.length; at += 2) data.put(given[at], given[at + 1]);
            String user = given[0], method = given[1], time = given[2];
            {code}
            System.out.println(sign);
        }}
    }}
}}""", encoding="utf-8")  # fmt: skip
    printed(["javac", *[f"-J{option}" for option in QUICK_START], "-encoding", "UTF-8", "-d", str(tmp_path),
             str(tmp_path / "Signing.java")])  # fmt: skip
    signs = printed(["java", *QUICK_START, "-cp", str(tmp_path), "Signing", CASES[0][0]], given)
    rights = []
    for key, case in cases:
        envelope = parse(json.dumps(case).encode())
        rights.append(sign(string_to_sign(signed_parameters(envelope)), key))
    assert signs == rights
