"""The guides, executed: every command and snippet of docs/guides, and the words of CONTRIBUTING.md and SECURITY.md."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml

from mockserver.scenarios.scenario import ScenarioQuery
from mockserver.settings import Settings, declared, environment_variable, flag
from mockserver.testing import Sandbox
from tests.helpers import USER, signed
from tests.machine import LOOPBACK_UP, free_port, needs_namespaces
from tests.reading import blocks, rows
from tests.sockets import wait_until, wsgi_server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
GUIDES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "guides").glob("*.md"))}
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(ROOT.glob("*.md")),
    ROOT / "examples" / "README.md",
]
FIRST = GUIDES["first-integration"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = f'#!/bin/sh\nexec {sys.executable} -m mockserver "$@"\n'


@pytest.fixture
def at_hand() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, pay_delay=10)) as sandbox:
        yield sandbox


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in whose shell the command is found."""
    (tmp_path / "bin").mkdir()
    for name, content in (("yabandpay-mock", COMMAND), ("sudo", '#!/bin/sh\nexec "$@"\n')):
        (tmp_path / "bin" / name).write_text(content, encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def shell(folder: Path, script: str, url: str = "") -> str:
    script = script.replace("http://127.0.0.1:8765", url).replace("curl http", "curl --silent --fail-with-body http")
    known = {name: value for name, value in os.environ.items() if not name.startswith("YABANDPAY_")}
    environment = {**known, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    command = ["sh", "-e", "-c", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_block_of_the_guides_is_run_here() -> None:
    english = {name: text for name, text in GUIDES.items() if not name.endswith(".zh-CN")}
    kinds = {name: re.findall(r"^```(\w+)", text, flags=re.MULTILINE) for name, text in english.items()}
    assert kinds == {
        "README": [],
        "ci": ["sh"] * 3,
        "flask": ["sh", "sh", "sh", "sh", "sh", "python", "python", "sh"],
        "first-integration": ["sh", "sh", "python", "python", "sh", "json", "sh"],
        "load": ["sh"],
        "outcomes": ["sh"],
        "partners": ["sh"],
        "shared": ["text", "text"],
        "plug-in": ["sh", "sh", "sh", "yaml", "sh"],
    }


def test_a_request_is_signed_and_explained(folder: Path) -> None:
    assert shell(folder, blocks(FIRST, "sh", "explain")[0]).startswith("The signature and the fields are correct")


def test_the_order_is_queried(at_hand: Sandbox, folder: Path) -> None:
    order = {
        "amount": "24.99",
        "currency": "EUR",
        "description": "Tea",
        "notify_url": "https://www.yabandpay.com/notify",
    }
    trade_id = at_hand.client().create_alipay_mini_payment(order_id="A-1", **order).trade_id
    command = blocks(FIRST, "sh", "TRADE_ID=")[0].replace("5902ea82-df87-bc30-3eef-c9cd1c64555c", trade_id)
    assert json.loads(shell(folder, command, at_hand.url))["data"]["transaction_info"]["trade_id"] == trade_id


def test_the_client_and_the_handler_work_together(
    at_hand: Sandbox, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "shop.py").write_text(blocks(FIRST, "python", "shop = Flask")[0], encoding="utf-8")
    port = str(free_port())
    command = blocks(FIRST, "sh", "flask --app")[0].strip().replace("3000", port).split()
    command[:1] = [sys.executable, "-m", "flask"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as shop:
        assert shop.stdout is not None
        next(line for line in shop.stdout if f"Running on http://127.0.0.1:{port}" in line)
        client = blocks(FIRST, "python", "YabandPay(")[0]
        client = client.replace("http://127.0.0.1:8765", at_hand.url).replace("127.0.0.1:3000", f"127.0.0.1:{port}")
        exec(client, {})  # noqa: S102 - the guide's own code
        assert next(line for line in shop.stdout if line.startswith("2024-1 is")) == "2024-1 is paid\n"
        shop.terminate()
    with at_hand.app.store.read(USER) as view:
        sent = view.notification(1)
    assert sent is not None
    got, shown = json.loads(sent.body), json.loads(blocks(FIRST, "json")[0])
    assert {name: type(value) for name, value in got["data"].items()} == dict.fromkeys(shown["data"], str)
    same = ("order_id", "amount", "currency", "description", "state", "type", "user")
    assert [got["data"][name] for name in same] == [shown["data"][name] for name in same]
    assert "-403 The signature Error No known mistake explains this signature" in capsys.readouterr().out
    [reported] = json.loads(shell(folder, blocks(FIRST, "sh", "/notifications")[0], at_hand.url))
    assert (reported["notified_state"], reported["state"]) == ("paid", "accepted")


def test_the_handler_answers_bad_to_a_forgery() -> None:
    handler: dict[str, Any] = {"__name__": "__main__"}
    exec(blocks(FIRST, "python", "shop = Flask")[0], handler)  # noqa: S102 - the guide's own code
    assert handler["shop"].test_client().post("/notify", data=b'{"sign":"x","data":{"a":"b"}}').text == "bad"


@pytest.mark.parametrize("command", blocks(GUIDES["flask"], "sh") + blocks(README, "sh", "flask --app mockserver"))
def test_the_sandbox_runs_as_a_flask_application(tmp_path: Path, command: str, request: pytest.FixtureRequest) -> None:
    for block in blocks(GUIDES["flask"], "python"):
        (tmp_path / block.partition("\n")[0].removeprefix("# ")).write_text(block, encoding="utf-8")
    *variables, program = re.split(r"(?<=\S) (?=flask|gunicorn)", command.strip().removeprefix(".venv/bin/"))
    if program.startswith("gunicorn") and sys.platform == "win32":
        pytest.skip("gunicorn does not run on Windows")
    port = ["--bind", "127.0.0.1:0"] if program.startswith("gunicorn") else ["--port", "0"]
    environment = dict(variable.split("=") for variable in variables)
    if "YABANDPAY_MOCK_DATABASE" in environment:
        environment["YABANDPAY_MOCK_DATABASE"] = request.getfixturevalue("postgres_database")
    with wsgi_server(tmp_path, *shlex.split(program), *port, **environment) as url:
        prefix = "/yabandpay" if "--app shop" in program else ""
        sent = {"order_id": "own", "notify_url": f"{url}/notify"} if prefix else {}
        created = requests.post(f"{url}{prefix}/Payments", data=signed(**sent), timeout=60).json()
        assert created["code"] == "200"
        wanted = "declined" if "declined" in program else "paid"
        wait = {"what": {"type": "state", "state": wanted}, "timeout": "30s"}
        account = f"{url}{prefix}/_sandbox/api/accounts/{USER}"
        assert requests.post(f"{account}/wait", json=wait, timeout=60).json()["payment"]["state"] == wanted
        wait_until(lambda: requests.get(f"{account}/notifications", timeout=60).json()[0]["state"] == "accepted")


def test_the_test_of_the_flask_guide_passes(tmp_path: Path) -> None:
    (tmp_path / "test_gateway.py").write_text(blocks(GUIDES["flask"], "python", "test_client")[0], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout


@pytest.mark.parametrize("row", rows(FIRST, "`order_id`"), ids=lambda row: row[0].strip("`"))
def test_each_order_that_goes_wrong_plays_a_scenario(at_hand: Sandbox, row: list[str]) -> None:
    assert at_hand.app.catalog.choose(ScenarioQuery(reference=row[0].strip("`"))).name != at_hand.settings.scenario


@pytest.mark.parametrize("name", ["ci", "load"])
def test_a_server_is_started_waited_for_and_stopped(folder: Path, name: str) -> None:
    script = blocks(GUIDES[name], "sh", "--ready-file")[0]
    assert "wait $!" in script
    printed = shell(folder, script)
    assert ('"ready"' if name == "ci" else "yabandpay_requests_total") in printed
    assert not (folder / "sandbox.url").exists()


FAILING = '#!/bin/sh\necho "Cannot listen on port 8765: Address already in use." >&2\nexit 2\n'


@pytest.mark.parametrize("name", ["ci", "load"])
def test_a_start_that_fails_is_not_waited_for_and_says_why(folder: Path, name: str) -> None:
    (folder / "bin" / "yabandpay-mock").write_text(FAILING, encoding="utf-8")
    (folder / "sandbox.url").write_text("http://127.0.0.1:1\n", encoding="utf-8")  # left by a run that was killed
    script = blocks(GUIDES[name], "sh", "--ready-file")[0]
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, env=environment,
                          check=False, timeout=60)  # fmt: skip
    assert (done.returncode, "Address already in use" in done.stdout) == (1, True)


LOOP = re.compile(r"^[ \t]*(?:while|until) .*?\bdone\b", re.DOTALL | re.MULTILINE)


def test_every_loop_that_is_shown_ends_with_the_process_that_it_waits_for() -> None:
    files = [ROOT / "README.md", *(file for top in ("docs", "examples") for file in sorted((ROOT / top).rglob("*")))]
    shell = [file for file in files if file.suffix in {".md", ".sh", ".yaml"}]
    loops = [(file.name, loop) for file in shell for loop in LOOP.findall(file.read_text(encoding="utf-8"))]
    waiting = [(name, loop) for name, loop in loops if "sleep" in loop]
    assert {name.replace(".zh-CN", "") for name, _ in waiting} == {"ci.md", "load.md", "plain-shell.sh"}
    assert [name for name, loop in waiting if "kill -0" not in loop] == []


@pytest.mark.parametrize("name", ["ci", "plug-in"])
def test_the_calls_of_the_api_run_as_they_stand(at_hand: Sandbox, folder: Path, name: str) -> None:
    calls = blocks(GUIDES[name], "sh", "_sandbox/api")
    for call in calls:
        if "--ready-file" not in call and "--cacert" not in call:
            shell(folder, call, at_hand.url)
    if name == "ci":
        bundle = json.loads((folder / "failed.json").read_text(encoding="utf-8"))
        assert at_hand.settings.secret_key not in json.dumps(bundle)
        assert at_hand.app.merchants() == [at_hand.settings.user]


def test_partners_reach_it_with_the_token(folder: Path) -> None:
    [command] = blocks(GUIDES["partners"], "sh")
    port = str(free_port())
    script = f"""
{command.strip().replace("8765", port, 1)} --log none > /dev/null & SERVER=$!
yabandpay-mock ready http://127.0.0.1:{port} --timeout 60s
curl --silent -o /dev/null -w '%{{http_code}} ' http://127.0.0.1:{port}/_sandbox/
curl --silent -L -o /dev/null -w '%{{http_code}} ' -u any:choose-a-word http://127.0.0.1:{port}/_sandbox/
kill $SERVER
"""
    assert shell(folder, script).endswith("401 200 ")


@needs_namespaces
def test_the_gateways_name_leads_here_as_the_guide_says(folder: Path) -> None:
    alias, serve, ask = (blocks(GUIDES["plug-in"], "sh")[place] for place in range(3))
    shutil.copy("/etc/hosts", folder / "hosts")
    inside = f"""
python3 -c "{LOOPBACK_UP}"
mount --bind hosts /etc/hosts
{alias}
{serve.strip()} --port 0 --log none --ready-file ready > /dev/null & SERVER=$!
until [ -e ready ]; do kill -0 $SERVER; sleep 0.05; done
{ask}
kill $SERVER
wait $SERVER
"""
    (folder / "inside.sh").write_text(inside, encoding="utf-8")
    assert '"status":"ready"' in shell(folder, "unshare --mount --net sh -e inside.sh")
    assert "mapi.yabandpay.com" not in Path("/etc/hosts").read_text(encoding="utf-8")


def test_the_commands_of_several_processes_are_those_that_exist() -> None:
    serve, compose = (shlex.split(block) for block in blocks(GUIDES["shared"], "text"))
    values = [word for word in serve[2:] if not word.startswith("--")]
    assert serve[:2] == ["yabandpay-mock", "serve"]
    assert values == ["4", "postgresql+psycopg://user:password@localhost/sandbox"]
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert services[compose[-1]]["profiles"] == [compose[compose.index("--profile") + 1]]
    assert services[compose[-1]]["ports"][0].rpartition(":")[0] in GUIDES["shared"]


def test_the_alias_between_containers_is_that_of_the_compose_file() -> None:
    shown = yaml.safe_load(blocks(GUIDES["plug-in"], "yaml")[0])["services"]["sandbox"]
    real = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["sandbox"]
    assert shown["networks"]["default"]["aliases"] == real["networks"]["default"]["aliases"]


FLAGS_OF_OTHERS = {
    "--preload",
    "--build",
    "--profile",
    "--cacert",
    "--silent",
    "--fail",
    "--app",
    "--threads",
    "--workers",
    "--port",
    "--quiet",
    "--numprocesses",
    "--accounts",
    "--timeout",
}


@pytest.mark.parametrize("name", GUIDES)
def test_every_flag_and_variable_that_a_guide_names_exists(name: str) -> None:
    known = {flag(setting) for setting in declared()} | FLAGS_OF_OTHERS
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", GUIDES[name])) <= known
    variables = {environment_variable(setting) for setting in declared()}
    assert set(re.findall(r"YABANDPAY_MOCK_[A-Z_]+", GUIDES[name])) <= variables


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, heading in re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)", page.read_text(encoding="utf-8")):
        file = page.parent / target if target else page
        assert file.exists(), target
        assert not heading or heading in anchors(file), f"{target}#{heading}"


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub spells them in addresses."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_every_folder_that_contributors_are_reported_of_exists() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where things are")[2]
    named = re.findall(r"`((?:mockserver|scenarios)[\w./]*)`", table)
    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).exists()] == []
    reported = {name.split("/")[1] for name in named if "/" in name and not name.endswith((".py", "scenarios/"))}
    packages = {path.parent.name for path in (ROOT / "mockserver").glob("*/__init__.py")}
    assert packages <= reported | {"cli"}
