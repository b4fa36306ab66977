"""The JUnit extension of helpers/java: its own tests, failed tests, processes, and wrong inputs."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.helper_packages.java.projects import (
    COMMAND,
    FAILING,
    JAVA,
    JUNIT,
    ROOT,
    TEST,
    Project,
    compile_java,
    needs_junit,
)


@needs_junit
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["same_thread", "concurrent"])
def test_its_own_tests_pass(tmp_path: Path, helper: Path, mode: str) -> None:
    project = Project(tmp_path, helper)
    compile_java(sorted((JAVA / "src" / "test" / "java").rglob("*.java")), project.classes, helper)
    vectors = ROOT / "tests" / "vectors" / "signatures.json"
    parallel = "-Djunit.jupiter.execution.parallel"
    project.run(f"-Dvectors={vectors}", f"{parallel}.enabled=true", f"{parallel}.mode.default={mode}").assert_passed(75)


@needs_junit
@pytest.mark.slow
def test_its_documentation_has_no_warnings(tmp_path: Path) -> None:
    sources = sorted((JAVA / "src" / "main" / "java").rglob("*.java"))
    command: list[str | Path] = [
        "javadoc",
        "-quiet",
        "-Xdoclint:all",
        "-Werror",
        "-encoding",
        "UTF-8",
        "-cp",
        JUNIT,
        "-d",
        tmp_path,
    ]
    done = subprocess.run([*command, *sources], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "index.html").exists()


@needs_junit
@pytest.mark.slow
def test_a_failed_test_shows_the_story_of_its_account(project: Project) -> None:
    done = project.compile(FailingTest=FAILING).run()
    assert (done.status, done.counted("failed"), done.counted("aborted")) == (1, 6, 1)

    cases = {case.get("name", ""): case for case in ET.fromstring(done.report).iter("testcase")}  # noqa: S314 - JUnit's
    shown = {name.partition("(")[0]: next(iter(case)) for name, case in cases.items()}
    comparison, text = shown["comparison"], shown["comparison"].text or ""
    assert comparison.get("type") == "org.opentest4j.AssertionFailedError"
    assert comparison.get("message") == "expected: <[paid]> but was: <[declined]>"
    assert re.search(
        r"Suppressed: YabandPay sandbox\naccount \d+ at http://127.0.0.1:\d+\nrequests\n"
        r"  1  v3.CreatePaymentsAlipayMiniPay  accepted  trade \S+  scenario declined.*\n"
        r"orders\n  A-1  24.99 EUR  declined  trade \S+\n"
        r"notifications\n  declined  trade \S+  http://127.0.0.1:\d+/notify  accepted  answered HTTP 200 'ok'",
        text,
    ), text
    rejected = shown["rejection"]
    assert rejected.get("type") == "java.lang.IllegalStateException"
    assert "1  v3.QueryOrder  -3001 Required field is missing" in (rejected.text or "")
    assert "The account received no request." in (shown["unused"].text or "")
    assert "YabandPay sandbox" not in (shown["withoutAccount"].text or "")
    dynamic = shown["dynamic"].text or ""
    assert "Suppressed: YabandPay sandbox" in dynamic
    assert (shown["never"].text or "").count("Suppressed: YabandPay sandbox") == 2

    told = re.findall(r"^(\S+) failed\. YabandPay sandbox\naccount ", done.errors, re.MULTILINE)
    assert sorted(told) == [
        "FailingTest.comparison", "FailingTest.dynamic", "FailingTest.rejection", "FailingTest.unused",
        "Prepared.never", "Prepared.never",
    ]  # fmt: skip
    assert "Suppressed: YabandPay sandbox" in done.output


def where_test(name: str, rest: str = "") -> str:
    """A test that prints where its sandbox is."""
    return f"""\
{TEST}
    @ExtendWith(YabandPaySandbox.class)
    class {name} {{
        @Test void where(MerchantAccount account, Sandbox sandbox) throws Exception {{
            assertEquals(sandbox.url(), account.url());
            System.out.println("\\n{name}=" + account.url());
            System.out.println("user=" + account.user());
            {rest}
        }}
    }}
"""


def is_closed(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port))).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it is about to end
        return False
    return False


@needs_junit
@pytest.mark.slow
def test_one_sandbox_serves_the_whole_run_and_leaves_nothing(project: Project, tmp_path: Path) -> None:
    project.compile(OneTest=where_test("OneTest"), OtherTest=where_test("OtherTest"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = project.run(f"-Djava.io.tmpdir={scratch}")
    done.assert_passed(2)
    assert done.printed["OneTest"] == done.printed["OtherTest"]
    assert is_closed(done.printed["OneTest"])
    assert list(scratch.glob("yabandpay*")) == []
    assert done.errors == ""


@needs_junit
@pytest.mark.slow
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_the_sandbox_ends_with_a_jvm_that_is_killed(project: Project, tmp_path: Path, how: str) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    project.compile(WaitingTest=where_test("WaitingTest", "System.in.read();"))
    with subprocess.Popen(
        project.command(f"-Djava.io.tmpdir={scratch}"),
        env=project.environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as jvm:
        assert jvm.stdout
        url = next(line for line in jvm.stdout if line.startswith("WaitingTest=")).strip().partition("=")[2]
        assert not is_closed(url)
        jvm.send_signal(getattr(signal, how))
        while not is_closed(url) or list(scratch.glob("yabandpay*")):
            pass


@needs_junit
@pytest.mark.slow
def test_a_running_sandbox_is_used_with_its_token(project: Project) -> None:
    project.compile(UsedTest=where_test("UsedTest"))
    with Sandbox(Settings(port=0, control_token="a token")) as sandbox:
        by_variable = project.run(YABANDPAY_MOCK_URL=sandbox.url + "/", YABANDPAY_MOCK_CONTROL_TOKEN="a token")
        by_property = project.run(f"-Dyabandpay.mock.url={sandbox.url}", "-Dyabandpay.mock.control-token=a token")
        without = project.run(YABANDPAY_MOCK_URL=sandbox.url)
        wrong = project.run(YABANDPAY_MOCK_URL=sandbox.url, YABANDPAY_MOCK_CONTROL_TOKEN="another")
        assert not is_closed(sandbox.url)
    for done in (by_variable, by_property):
        done.assert_passed(1)
        assert done.printed["UsedTest"] == sandbox.url
    for done in (without, wrong):
        assert done.status == 1
        assert "Set YABANDPAY_MOCK_CONTROL_TOKEN, or -Dyabandpay.mock.control-token=TOKEN." in done.output


@needs_junit
@pytest.mark.slow
def test_settings_come_from_junits_file_and_a_command_may_have_spaces(project: Project, tmp_path: Path) -> None:
    program = tmp_path / "a sandbox"
    program.write_text(f'#!/bin/sh\necho "a warning" >&2\nexec {COMMAND} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    project.compile(FileTest=where_test("FileTest"))
    settings = project.classes / "junit-platform.properties"
    for command in (program, f"/bin/sh '{program}'", f'/bin/sh "{program}"'):
        settings.write_text(f"yabandpay.mock.command = {command}\n", encoding="utf-8")
        done = project.run(YABANDPAY_MOCK_COMMAND="/nowhere")
        done.assert_passed(1)
        assert done.errors == "The sandbox wrote:\na warning\n"


# Wrong inputs --------------------------------------------------------------------------------------------------------


@needs_junit
@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {"YABANDPAY_MOCK_COMMAND": "", "PATH": str(Path(shutil.which("java") or "/").parent)},
            "There is no command yabandpay-mock on the PATH. Install the sandbox with `pipx install yabandpay-mock`",
        ),
        ({"YABANDPAY_MOCK_COMMAND": "/nowhere/yabandpay-mock --x"}, "There is no command /nowhere/yabandpay-mock. Install"),
        (
            {"YABANDPAY_MOCK_PAY_DELAY": "soon"},
            f"The sandbox did not start: {COMMAND} serve ended with status 2.\nUsage:",
        ),
        ({"YABANDPAY_MOCK_COMMAND": "sh -c true"}, "The sandbox did not start: sh -c true serve ended with status 0."),
        ({"YABANDPAY_MOCK_URL": "not an address"}, "Expected the address of a sandbox, such as http://127.0.0.1:8765, not 'not an address'."),
        ({"YABANDPAY_MOCK_URL": "127.0.0.1:8765"}, "Expected the address of a sandbox, such as http://127.0.0.1:8765, not '127.0.0.1:8765'."),
        ({"YABANDPAY_MOCK_URL": "http://127.0.0.1:1"}, "No sandbox is ready at http://127.0.0.1:1 after 30 s: "),
    ],
    ids=["no command", "no such command", "wrong setting", "another command", "no address", "no scheme", "no sandbox"],
)  # fmt: skip
def test_a_sandbox_that_is_not_there_is_named(project: Project, environment: dict[str, str], message: str) -> None:
    done = project.compile(WhereTest=where_test("WhereTest")).run(**environment)
    assert done.status == 1
    assert f"NoSandboxException: {message}" in done.output, done.output
    assert done.counted("failed") == 1


MISPLACED = f"""\
{TEST}
    @ExtendWith(YabandPaySandbox.class)
    class MisplacedTest {{
        MisplacedTest(MerchantAccount account) {{ }}
        @Test void never() {{ }}
    }}
"""
MISPLACED_BEFORE_ALL = f"""\
{TEST}
    @ExtendWith(YabandPaySandbox.class)
    class MisplacedBeforeAllTest {{
        @BeforeAll static void open(MerchantAccount account) {{ }}
        @Test void never() {{ }}
    }}
"""


@needs_junit
@pytest.mark.slow
def test_an_account_belongs_to_one_test(project: Project) -> None:
    done = project.compile(MisplacedTest=MISPLACED, MisplacedBeforeAllTest=MISPLACED_BEFORE_ALL).run()
    assert done.status == 1
    assert (
        len(
            re.findall(
                r"=> .*ParameterResolutionException: A MerchantAccount belongs to one test\. Take it", done.output
            )
        )
        == 2
    )


STRICT = f"""\
{TEST}
    class StrictTest {{
        @RegisterExtension static final YabandPaySandbox SANDBOX = YabandPaySandbox.with("--strict");
        @Test void misspelt(MerchantAccount account) {{ account.call("v3.QueryOrder", Map.of()); }}
    }}
"""


@needs_junit
@pytest.mark.slow
def test_a_strict_sandbox_fails_the_run(project: Project) -> None:
    done = project.compile(StrictTest=STRICT).run()
    assert "The sandbox ended with status 1:\n1 findings (--strict):" in done.output + done.errors
    assert done.status == 1
