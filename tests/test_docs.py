"""The documentation, executed: every command, snippet and table of the README and of docs/."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from mockserver.cli.reference import cli
from mockserver.clock import FrozenClock, SystemClock
from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.evidence import Basis
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.request import Request
from mockserver.pages.docs.fidelity_reference import MATTERS_FOR_MONEY
from mockserver.pages.docs.reference import (  # fmt: skip
    BLOCKS,
    PAGES,
    SCHEMA_FILE,
    SHIPPED_MODULE,
    ledger,
    schema_file,
    shipped_module,
    with_block,
)
from mockserver.scenarios.loader import SHIPPED, ScenarioFileError, load_scenarios
from mockserver.scenarios.scenario import Scenario, ScenarioQuery, Step
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.settings import Settings, declared, flag
from mockserver.testing import Sandbox
from tests.helpers import USER, answer, create, last_exchange, query, signed, signed_call
from tests.reading import blocks, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.app import Application

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
INDEX = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
OUTCOMES = (ROOT / "docs" / "guides" / "outcomes.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CLIENT = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
ACCOUNTS = (ROOT / "docs" / "accounts.md").read_text(encoding="utf-8")
SCENARIOS = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
OWN_SCENARIOS = (ROOT / "docs" / "own-scenarios.md").read_text(encoding="utf-8")


@pytest.fixture
def at_hand() -> Iterator[Sandbox]:
    """A sandbox as the README starts it, but on a free port and with an impatient payer."""
    with Sandbox(Settings(port=0, pay_delay=10)) as sandbox:
        yield sandbox


def shell(sandbox: Sandbox, script: str) -> Any:
    """What a command of the README prints, read as JSON."""
    script = script.replace("http://127.0.0.1:8765", sandbox.url).replace("curl ", "curl --silent ")
    script = script.replace("yabandpay-mock ", f"{sys.executable} -m mockserver ")
    return json.loads(subprocess.run(["sh", "-c", script], capture_output=True, check=True, cwd=ROOT).stdout)


def test_every_command_of_the_readme_is_run_here() -> None:
    commands = blocks(README, "sh")
    parts = ("make ", "curl ", "explain body.json", "pytest test_orders.py", "flask --app mockserver run")
    run = [command for part in parts for command in commands if part in command]
    assert sorted(commands) == sorted(run)
    assert len(commands) == 5


@pytest.mark.parametrize(
    "command",
    [line for page in (README, CONTRIBUTING) for block in blocks(page, "sh", "make ") for line in block.splitlines()],
)
def test_make_knows_the_commands(command: str) -> None:
    target = command.partition("#")[0].strip()
    assert (
        subprocess.run(["sh", "-c", f"{target} --dry-run"], cwd=ROOT, capture_output=True, check=False).returncode == 0
    )


@pytest.mark.parametrize("page", [README, INDEX], ids=["README", "index"])
def test_the_first_payment_is_answered_as_shown(at_hand: Sandbox, page: str) -> None:
    got = shell(at_hand, blocks(page, "sh", "curl ")[0])
    shown = json.loads(blocks(page, "json")[0])
    for made, printed in ((got, shown), (got["data"], shown["data"])):
        assert [(key, type(value)) for key, value in made.items()] == [
            (key, type(value)) for key, value in printed.items()
        ]
    assert {**got["data"], "trade_id": "", "parameters": ""} == {**shown["data"], "trade_id": "", "parameters": ""}


def test_the_header_plays_the_scenario(at_hand: Sandbox) -> None:
    [command] = blocks(OUTCOMES, "sh", "X-Sandbox-Scenario")
    assert shell(at_hand, command)["code"] == "-403"


ERRORS = rows(OUTCOMES, "code")


def test_each_error_is_provoked_honestly(app: Application) -> None:
    honestly = {row[0].strip("`"): row[2] for row in ERRORS}
    assert honestly == {
        "-1000": 'send `"amount": "0.01"`, an unknown `method` or an unknown `trade_id`',
        "-3001": "leave out `notify_url`",
        "-403": "change the body, and do not sign it again",
        "-4011": 'send `"sub_pay_method": "WeChat Pay"`',
    }
    assert create(app, amount="0.01")["code"] == "-1000"
    assert answer(app, signed_call("v3.Unknown", {"a": "b"}))["code"] == "-1000"
    assert query(app, "unknown")["code"] == "-1000"
    assert create(app, notify_url=None)["code"] == "-3001"
    assert answer(app, signed().replace(b'"EUR"', b'"CHF"'))["code"] == "-403"
    assert create(app, sub_pay_method="WeChat Pay")["code"] == "-4011"


MAGIC_VALUES = {
    **{row[2]: (row[0], row[1]) for row in rows(OUTCOMES, "order_id")},
    **{row[0]: (row[1].replace("*", "1"), row[2]) for row in rows(SCENARIOS, "name") if row[1]},
}


def test_the_guide_shows_the_gateways_own_states_and_refusals() -> None:
    shown = [row[1].strip("`")[2:6] for row in rows(OUTCOMES, "order_id")]
    assert shown == [f"00{code:02}" for code in (0, 2, 4, 5, 6, 7, 8, 20, 21, 24, 25, 26)] + [
        "0403",
        "1000",
        "3001",
        "4011",
    ]


@pytest.mark.parametrize("page", [README, CHINESE], ids=["English", "Chinese"])
def test_the_readme_shows_some_of_them(page: str) -> None:
    all_values = [row[:3] for row in rows(OUTCOMES, "order_id")]
    assert [row[2] for row in rows(page, "order_id") if row[:3] in all_values] == [
        "`declined`",
        "`expired`",
        "`refund-failed`",
        "`signature-error`",
    ]


@pytest.mark.parametrize("name", MAGIC_VALUES)
def test_each_magic_value_plays_its_scenario(app: Application, name: str) -> None:
    order_id, amount = (cell.strip("`") for cell in MAGIC_VALUES[name])
    name = name.strip("`")
    assert app.catalog.choose(ScenarioQuery(reference=order_id)).name == name
    if amount:
        assert app.catalog.choose(ScenarioQuery(amount=amount)).name == name
        assert amount.startswith("99")
        assert amount.endswith(".99")
        assert len(amount) == 9


def test_a_demo_that_a_plug_in_keeps_json_in_asks_for_a_scenario_too(app: Application) -> None:
    assert '`"demo": "scenario:declined"`' in OUTCOMES
    for demo in ("scenario:declined", '{"magento_order_id":7,"note":"scenario:declined"}'):
        trade_id = create(app, demo=demo)["data"]["trade_id"]
        info = query(app, trade_id)["data"]["transaction_info"]
        assert info["demo"] == demo
        with app.store.unit(USER) as unit:
            assert unit.exchanges(2)[-1].scenario == "declined"


def test_a_wrong_signature_is_explained_as_shown(tmp_path: Path) -> None:
    body = next(block for block in blocks(README, "json") if "v3.QueryOrder" in block)
    (tmp_path / "body.json").write_text(body, encoding="utf-8")
    command = blocks(README, "sh", "explain body.json")[0].replace("body.json", str(tmp_path / "body.json")).split()
    command[:1] = [sys.executable, "-m", "mockserver"]
    reported = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (reported.returncode, reported.stdout) == (1, blocks(README, "text", "The values were URL-encoded")[0])


@pytest.mark.slow
def test_the_suite_for_pytest_passes_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "test_orders.py").write_text(blocks(README, "python")[0], encoding="utf-8")
    install, run = blocks(README, "sh", "pytest test_orders.py")[0].splitlines()
    assert install.endswith("-m pip install --quiet pytest")
    command = [sys.executable, *run.split()[1:]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout


def test_every_python_snippet_is_run_here() -> None:
    assert len(blocks(README, "python")) == 1


def test_every_flag_that_the_readme_names_exists() -> None:
    flags = {flag(setting) for setting in declared()} | {"--quiet", "--app"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= flags


@pytest.mark.parametrize("name", ["questions", "questions.zh-CN"])
def test_the_questions_are_answered_with_flags_commands_and_times_that_exist(app: Application, name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= {flag(setting) for setting in declared()}
    assert set(re.findall(r"`yabandpay-mock (\w+)", text)) <= set(re.findall(r"^## (\w+)$", cli(), re.MULTILINE))
    plan = re.findall(r"(\d+) (s|min|h|秒|分钟|小时)", text.partition("`notify_url`")[2])[
        : len(app.settings.retry_plan)
    ]
    units = {"s": 1, "秒": 1, "min": 60, "分钟": 60, "h": 3600, "小时": 3600}
    assert [int(number) * units[unit] * 1000 for number, unit in plan] == list(app.settings.retry_plan)


COMMAND = re.compile(r"^ *yabandpay-mock ", re.MULTILINE)
NOTES = {
    "en": "> These commands come with `pip install yabandpay-mock`. In a checkout, run `make run` once, and then `. .venv/bin/activate`.",
    "zh": "> 这些命令随 `pip install yabandpay-mock` 安装。在代码仓库目录中，请先运行一次 `make run`，再运行 `. .venv/bin/activate`。",
}
DOCUMENTS = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "examples/README.md", "CONTRIBUTING.md")),
]


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_work_after_make_run_and_after_pip_install(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    note = NOTES["zh" if page.name.endswith(".zh-CN.md") else "en"]
    activating = ". .venv/bin/activate\n"
    said = note if note in text else f"```sh\n{activating}"  # which a page about the installation shows
    shown = [block for kind in ("sh", "text") for block in blocks(text, kind)]
    calling = [block for block in shown if COMMAND.search(block)]
    assert [block for block in shown if ".venv/bin/yabandpay-mock" in block] == []
    assert text.count("venv/bin/activate") == text.count(said) <= 1
    for block in calling:
        is_said = said in text.partition(block)[0] or block.startswith(activating)
        assert is_said, f"the page says too late how {block!r} is called, or not at all"


def test_many_pages_call_the_command() -> None:
    calling = [page for page in DOCUMENTS if COMMAND.search(page.read_text(encoding="utf-8"))]
    assert len(calling) > 40


CHINESE_PAGES = [*ROOT.glob("*.zh-CN.md"), *(ROOT / "docs").rglob("*.zh-CN.md")]


@pytest.mark.parametrize("page", CHINESE_PAGES, ids=lambda page: page.name)
def test_a_chinese_page_has_the_same_commands_headings_values_and_links(page: Path) -> None:
    chinese = page.read_text(encoding="utf-8")
    english = page.with_name(page.name.replace(".zh-CN", "")).read_text(encoding="utf-8")
    for pattern in (r"^```.*?^```", r"^#+(?= )", r"^\| (`[^`\n]+`) \|"):
        found = [re.findall(pattern, text, re.DOTALL | re.MULTILINE) for text in (english, chinese)]
        assert found[0] == found[1]
    links = [
        {link.partition("#")[0].replace(".zh-CN", "") for link in re.findall(r"\]\(([^)]+)\)", text)}
        for text in (english, chinese)
    ]
    assert links[0] == links[1]


@pytest.mark.parametrize("name", ["fidelity.md", "fidelity.zh-CN.md"])
def test_the_page_of_fidelity_begins_with_its_words_and_what_matters_for_money(name: str) -> None:
    _, words, money, everything = (ROOT / "docs" / name).read_text(encoding="utf-8").split("\n## ")
    kinds = {re.sub(r"\d+", "1", word) for word in re.findall(r"`([A-Z]+\d*)\b", words)}
    sources = " ".join(line.rpartition(" | ")[2] for line in everything.splitlines())
    marks = re.findall(r"\b(?:UNSEEN|SEED|[CE]\d+|EN|CN)\b", sources)
    assert {re.sub(r"\d+", "1", mark) for mark in marks} <= kinds
    assert {basis for basis in get_args(Basis) if f"| `{basis}` |" in words} == set(get_args(Basis))
    assumed = [fact for fact in ledger() if fact.basis == "assumed" and fact.subject in MATTERS_FOR_MONEY]
    assert {fact.subject for fact in assumed} == set(MATTERS_FOR_MONEY)
    assert money.count("\n| ") == len(assumed) + 2  # the head and the line below it


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_up_to_date(page: str) -> None:
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == PAGES[page](), "run `make docs`"


def test_the_page_of_commands_is_up_to_date() -> None:
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == cli(), "run `make docs`"


@pytest.mark.parametrize("name", ["codes", "codes.zh-CN"])
def test_each_request_of_the_page_of_codes_gets_the_answer_that_it_shows(app: Application, name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    requests, answers = blocks(text, "sh"), blocks(text, "json")
    assert [json.loads(one)["code"] for one in answers] == list(REFUSAL_MESSAGES)
    for request, shown in zip(requests, answers, strict=True):
        assert answer(app, shlex.split(request)[-1].encode()) == json.loads(shown)


@pytest.mark.parametrize(("page", "part"), BLOCKS)
def test_a_generated_part_of_a_page_is_up_to_date(page: str, part: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text == with_block(text, part, BLOCKS[page, part]()), "run `make docs`"


def test_the_schema_of_scenario_files_is_up_to_date() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_file(), "run `make docs`"


def test_the_shipped_scenarios_are_as_their_files_say() -> None:
    assert SHIPPED_MODULE.read_text(encoding="utf-8") == shipped_module(), "run `make docs`"
    assert list(SHIPPED_SCENARIOS) == load_scenarios(SHIPPED)


def test_the_clients_page_runs_as_it_stands_and_shows_every_method(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FrozenClock(SystemClock().now())
    shown: dict[str, Any] = {}
    with Sandbox(Settings(port=0), clock=clock) as sandbox:
        for block in blocks(CLIENT, "python"):
            exec(block.replace("http://127.0.0.1:8765", sandbox.url), shown)  # noqa: S102 - the page's own code
            clock.advance(2000)
            while (due := sandbox.app.store.next_due(USER)) is not None and due <= clock.now():
                threading.Event().wait(0.001)
        with sandbox.app.store.unit(USER) as unit:
            called = {exchange.method for exchange in unit.exchanges(1000)}
    assert called == {method.name for method in ALL_METHODS} - {"v3.TimePayOrder"}
    assert capsys.readouterr().out.splitlines()[-2:] == ["Processing", "Cancelled"]


def test_the_accounts_page_runs_as_it_stands(at_hand: Sandbox) -> None:
    script = "set -e\n" + "\n".join(blocks(ACCOUNTS, "sh"))
    script = script.replace("http://127.0.0.1:8765", at_hand.url).replace("curl ", "curl --silent --fail-with-body ")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert '"user":"my-test"' in done.stdout


def test_the_own_scenario_is_read_as_shown(tmp_path: Path) -> None:
    (tmp_path / "held.yaml").write_text(blocks(OWN_SCENARIOS, "yaml")[0], encoding="utf-8")
    assert load_scenarios(tmp_path) == [
        Scenario(
            "held-then-declined", "The payment is held for review and then declined.", "HELD-*", 99077799,
            parts={"then": (Step(None, "verify"), Step(5000, "declined"))},
        )
    ]  # fmt: skip


def test_the_own_refund_story_is_read_as_shown(tmp_path: Path) -> None:
    (tmp_path / "late.yaml").write_text(blocks(OWN_SCENARIOS, "yaml")[1], encoding="utf-8")
    [scenario] = load_scenarios(tmp_path)
    assert scenario.part("then") is None
    assert [step.state for step in scenario.part("refund") or ()] == [
        "to-be-approval",
        "refund processing",
        "refund failed",
    ]


@pytest.mark.parametrize("block", blocks(OWN_SCENARIOS, "yaml"), ids=lambda block: block.split()[1])
def test_every_own_scenario_that_is_shown_has_no_mistakes(tmp_path: Path, block: str) -> None:
    (tmp_path / "own.yaml").write_text(block, encoding="utf-8")
    assert len(load_scenarios(tmp_path)) == 1


def test_the_mistake_is_reported_as_shown(tmp_path: Path) -> None:
    text = blocks(OWN_SCENARIOS, "yaml")[0].replace("state: verify", "state: verfy")
    (tmp_path / "held.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioFileError) as caught:
        load_scenarios(tmp_path)
    assert str(caught.value).replace(str(tmp_path), "mine") == blocks(OWN_SCENARIOS, "text")[0].strip()


@pytest.mark.parametrize("method", ALL_METHODS, ids=lambda method: method.title)
def test_the_example_of_a_method_is_taken_as_it_stands(app: Application, method: Any) -> None:
    section = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8").partition(f"## {method.title}\n")[2]
    body = shlex.split(blocks(section, "sh")[0])[-1]
    app.gateway.answer(Request("POST", body.encode()))
    exchange = last_exchange(app)
    # What an example names is not there, and its day is not over; its fields are right.
    assert exchange.code == "200" or re.match("There is no |The report of .* is available", exchange.reason), (
        exchange.reason
    )
