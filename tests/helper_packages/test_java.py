"""The JUnit extension of helpers/java: compiled, run by JUnit's console launcher, and its README as it stands."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mockserver import __version__
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.recipes.test_recipes import JAVA_STAND_INS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]
JAVA = ROOT / "helpers" / "java"
README = (JAVA / "README.md").read_text(encoding="utf-8")
JUNIT = Path("/usr/share/java/junit-platform-console-standalone.jar")
POM = "{http://maven.apache.org/POM/4.0.0}"
COMMAND = f"{sys.executable} -m mockserver"

needs_junit = pytest.mark.skipif(
    shutil.which("javac") is None or not JUNIT.exists(),
    reason="needs a JDK and JUnit 5, such as Debian's default-jdk-headless and junit5",
)


def compile_java(sources: Sequence[Path], classes: Path, *class_path: Path) -> None:
    path = ":".join(map(str, (JUNIT, *class_path)))
    command = ["javac", "-Xlint:all", "-Werror", "-proc:none", "--release", "17", "-encoding", "UTF-8", "-cp", path]
    done = subprocess.run([*command, "-d", classes, *sources], capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


@pytest.fixture(scope="module")
def helper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled extension."""
    classes = tmp_path_factory.mktemp("helper")
    compile_java(sorted((JAVA / "src" / "main" / "java").rglob("*.java")), classes)
    return classes


class Project:
    """Classes of a merchant, compiled against the extension."""

    def __init__(self, folder: Path, helper: Path) -> None:
        self.classes = folder / "classes"
        self.sources = folder / "sources"
        self.helper = helper
        self.sources.mkdir()

    def compile(self, **sources: str) -> Project:
        for name, text in sources.items():
            (self.sources / f"{name}.java").write_text(textwrap.dedent(text), encoding="utf-8")
        compile_java(sorted(self.sources.glob("*.java")), self.classes, self.helper)
        return self

    def environment(self, changed: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("YABANDPAY_MOCK_")}
        return {**kept, "PYTHONPATH": str(ROOT), "YABANDPAY_MOCK_COMMAND": COMMAND, **changed}

    def command(self, *options: str) -> list[str]:
        path = f"{JUNIT}:{self.helper}:{self.classes}"
        launcher = "org.junit.platform.console.ConsoleLauncher"
        given = ["--disable-banner", "--disable-ansi-colors", "--scan-classpath", str(self.classes)]
        return ["java", "-Dfile.encoding=UTF-8", "-cp", path, *options, launcher, *given]

    def run(self, *options: str, **changed: str) -> Run:
        reports = self.classes.parent / "reports"
        done = subprocess.run(
            [*self.command(*options), "--reports-dir", str(reports)], env=self.environment(changed), text=True,
            encoding="utf-8", capture_output=True, check=False,
        )  # fmt: skip
        return Run(done, reports)


class Run:
    """What JUnit said."""

    def __init__(self, done: subprocess.CompletedProcess[str], reports: Path) -> None:
        self.status = done.returncode
        self.output = done.stdout
        self.errors = done.stderr
        report = reports / "TEST-junit-jupiter.xml"
        self.report = report.read_text(encoding="utf-8") if report.exists() else ""

    def counted(self, what: str) -> int:
        found = re.search(rf"(\d+) tests {what}", self.output)
        assert found, self.output + self.errors
        return int(found[1])

    @property
    def printed(self) -> dict[str, str]:
        """What tests printed as NAME=VALUE."""
        return dict(re.findall(r"^(\w+)=(\S+)$", self.output, re.MULTILINE))

    def assert_passed(self, least: int) -> None:
        assert self.counted("failed") == 0, self.output + self.errors
        assert self.status == 0, self.output + self.errors
        assert self.counted("successful") >= least


@pytest.fixture
def project(tmp_path: Path, helper: Path) -> Project:
    return Project(tmp_path, helper)


TEST = """\
    import static org.junit.jupiter.api.Assertions.*;
    import io.github.yabandpay_mock.*;
    import java.util.*;
    import org.junit.jupiter.api.*;
    import org.junit.jupiter.api.extension.*;

"""
ORDER = """
        static void order(MerchantAccount account, String orderId) {
            account.call("v3.CreatePaymentsAlipayMiniPay", Map.of(
                "pay_method", "online", "sub_pay_method", "Alipay", "order_id", orderId, "amount", "24.99",
                "currency", "EUR", "description", "Tea", "timeout", "0", "notify_url", account.merchant().url()));
        }
"""


# The package ---------------------------------------------------------------------------------------------------------


def pom(name: str) -> str:
    return ET.parse(JAVA / "pom.xml").getroot().findtext(name.replace("/", f"/{POM}").replace("", POM, 1)) or ""  # noqa: S314 - our own file


def test_the_package_has_the_sandboxs_version_and_licence() -> None:
    assert pom("version") == __version__
    assert (pom("groupId"), pom("artifactId")) == ("io.github.yabandpay_mock", "yabandpay-mock-junit")
    assert pom("licenses/license/name") == "MIT"
    assert (JAVA / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_page_names_the_artefact_as_it_is() -> None:
    described = re.search(r"```xml\n(.*?)```", README, re.DOTALL)
    assert described
    dependency = ET.fromstring(described[1])  # noqa: S314 - our own file
    names = ("groupId", "artifactId", "version")
    assert [dependency.findtext(name) for name in names] == [pom(name) for name in names]
    assert f'"{":".join(pom(name) for name in names)}"' in README
    assert f"JUnit {pom('properties/junit.version')}." in README


def test_the_chinese_page_has_the_same_code_headings_and_values() -> None:
    chinese = (JAVA / "README.zh-CN.md").read_text(encoding="utf-8")
    for pattern in (r"^ *```.*?^ *```", r"^#+(?= )", r"^\| (`[^\n]+?`) \|"):
        found = [re.findall(pattern, text, re.DOTALL | re.MULTILINE) for text in (README, chinese)]
        assert found[0] == found[1]
        assert found[0]
    for text in (README, chinese):
        for link in re.findall(r"\]\(([^)#]+)", text):
            assert (JAVA / link).exists(), link


# The extension -------------------------------------------------------------------------------------------------------


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


FAILING = f"""\
{TEST}
    @ExtendWith(YabandPaySandbox.class)
    class FailingTest {{
        {ORDER}
        @Test void comparison(MerchantAccount account) {{
            account.use("declined");
            order(account, "A-1");
            account.clock().advance("2s");
            assertEquals(List.of("paid"), account.merchant().states());
        }}
        @Test void rejection(MerchantAccount account) {{
            account.call("v3.QueryOrder", Map.of());
            throw new IllegalStateException("an error of the application");
        }}
        @Test void unused(MerchantAccount account) {{ fail("no request"); }}
        @Test void withoutAccount() {{ fail("no account"); }}
        @Test void skipped(MerchantAccount account) {{ Assumptions.assumeTrue(false, "not today"); }}
        @TestFactory DynamicTest dynamic(MerchantAccount account) {{
            return DynamicTest.dynamicTest("inside", () -> fail("a dynamic test"));
        }}
        @Nested class Prepared {{
            @BeforeEach void prepare(MerchantAccount account) {{ fail("before"); }}
            @AfterEach void check(MerchantAccount account) {{ fail("after"); }}
            @Test void never() {{ }}
        }}
    }}
"""


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
    settings.write_text(f"yabandpay.mock.command = {program}\n", encoding="utf-8")
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


# The page ------------------------------------------------------------------------------------------------------------


def snippets(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", README, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(text) for _, text in found]


def class_of(snippet: str) -> str:
    return re.findall(r"^class (\w+)", snippet, re.MULTILINE)[0]  # type: ignore[no-any-return]


CONTAINER = "ContainerTest"
DIFFERS = r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d{10}\b|(?<=127\.0\.0\.1:)\d+"  # trades, accounts and ports


@needs_junit
@pytest.mark.slow
def test_the_page_shows_what_a_failed_test_shows(project: Project) -> None:
    misses = snippets("java")[0].replace('account.use("declined");', "")
    done = project.compile(OrderTest=misses).run()
    [shown] = snippets("text")
    beginning, _, story = shown.partition("\tSuppressed: ")
    output = re.sub(DIFFERS, "…", done.output.replace("       Suppressed: ", ""))
    assert beginning.strip() in output
    assert re.sub(DIFFERS, "…", story) in output, output


@needs_junit
@pytest.mark.slow
def test_the_snippets_of_the_page_run(project: Project) -> None:
    sources: dict[str, Any] = {class_of(one): one for one in snippets("java")}
    del sources[CONTAINER]
    tests = sum(text.count("@Test\n") for text in sources.values())
    assert tests == 7
    project.compile(**sources).run().assert_passed(tests)
    command = ["java", "-cp", f"{JUNIT}:{project.helper}:{project.classes}", "ByHand"]
    done = subprocess.run(command, env=project.environment({}), capture_output=True, text=True, check=False)
    assert re.fullmatch(r"account \d+ at http://127.0.0.1:\d+\nThe account received no request.*\n", done.stdout), done
    assert (done.stderr, done.returncode) == ("", 0)


# What the recipe's stand-ins have not: a container that reaches ports of this machine, which are exposed one by one.
OF_CONTAINERS = {
    "public SELF waitingFor": "public SELF withAccessToHost(boolean value) { reaches = value; return self(); }\n"
    "            public static boolean reaches;\n            public SELF waitingFor",
    "exposeHostPorts(int... ports) {}": """exposeHostPorts(int... ports) {
            if (!org.testcontainers.containers.GenericContainer.reaches) throw new AssertionError("no access");
            System.out.println("\\nexposed=" + ports[0]);
        }""",
}


@needs_junit
@pytest.mark.slow
def test_the_snippet_for_containers_runs_with_stand_ins_for_its_library(project: Project) -> None:
    for name, text in JAVA_STAND_INS.items():
        if name.startswith("org/testcontainers"):
            for before, after in OF_CONTAINERS.items():
                text = text.replace(before, after)  # noqa: PLW2901 - a little at a time
            file = project.sources / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), encoding="utf-8")
    stand_ins = sorted(project.sources.rglob("org/**/*.java"))
    compile_java(stand_ins, project.classes)
    [snippet] = [one for one in snippets("java") if class_of(one) == CONTAINER]
    source = project.sources / f"{CONTAINER}.java"
    source.write_text(snippet, encoding="utf-8")
    compile_java([source], project.classes, project.helper, project.classes)
    with Sandbox(Settings(port=0)) as sandbox:
        done = project.run(f"-Dsandbox.port={sandbox.url.rpartition(':')[2]}")
    done.assert_passed(1)
    assert int(done.printed["exposed"]) > 0


# Maven ---------------------------------------------------------------------------------------------------------------

REPOSITORY = Path("/usr/share/maven-repo")
PLUGINS = ("compiler", "install", "jar", "javadoc", "resources", "source", "surefire")
needs_maven = pytest.mark.skipif(
    shutil.which("mvn") is None
    or not all((REPOSITORY / f"org/apache/maven/plugins/maven-{name}-plugin").exists() for name in PLUGINS),
    reason="needs Debian's maven, and its plug-ins as .ci/run installs them",
)
SETTINGS = """\
<settings>
  <localRepository>{folder}/repository</localRepository>
  <mirrors><mirror><id>debian</id><mirrorOf>*</mirrorOf><url>file://{repository}</url></mirror></mirrors>
</settings>
"""


def plugin_version(name: str) -> str:
    """Debian's version of a plug-in; the others there are other names of it."""
    folders = (REPOSITORY / f"org/apache/maven/plugins/maven-{name}-plugin").iterdir()
    return max((folder.name for folder in folders), key=lambda text: tuple(map(int, text.split("."))))


@pytest.fixture
def maven(tmp_path: Path, project: Project) -> dict[str, str]:
    """An environment in which `mvn` knows Debian's repository alone, and has its versions of the plug-ins."""
    settings = tmp_path / "settings.xml"
    settings.write_text(SETTINGS.format(folder=tmp_path, repository=REPOSITORY), encoding="utf-8")
    versions = " ".join(f"-D{name}.plugin.version={plugin_version(name)}" for name in PLUGINS)
    program = tmp_path / "bin" / "mvn"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shutil.which("mvn")} -B -q -s {settings} {versions} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return project.environment({"PATH": f"{program.parent}:{os.environ['PATH']}"})


PROJECT = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>shop</groupId>
  <artifactId>shop</artifactId>
  <version>1</version>
  <properties><maven.compiler.release>17</maven.compiler.release></properties>
  <dependencies>
    {dependency}
    <dependency>
      <groupId>org.junit.jupiter</groupId>
      <artifactId>junit-jupiter</artifactId>
      <version>{junit}</version>
      <scope>test</scope>
    </dependency>
  </dependencies>
  <build><plugins>{plugins}</plugins></build>
</project>
"""


@needs_junit
@needs_maven
@pytest.mark.slow
def test_the_first_test_of_the_page_runs_in_a_new_project(tmp_path: Path, maven: dict[str, str]) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(JAVA, checkout / "helpers" / "java", ignore=shutil.ignore_patterns("target"))
    [install] = snippets("sh")
    done = subprocess.run(["sh", "-ec", install], cwd=checkout, env=maven, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    built = {file.name for file in (checkout / "helpers/java/target").glob("*.jar")}
    assert built == {f"yabandpay-mock-junit-{__version__}{kind}.jar" for kind in ("", "-sources", "-javadoc")}

    shop = tmp_path / "shop"
    tests = shop / "src" / "test" / "java"
    tests.mkdir(parents=True)
    plugins = "".join(
        f"<plugin><artifactId>maven-{name}-plugin</artifactId><version>{plugin_version(name)}</version></plugin>"
        for name in PLUGINS
    )
    [dependency] = snippets("xml")
    described = PROJECT.format(dependency=dependency, junit=pom("properties/junit.version"), plugins=plugins)
    (shop / "pom.xml").write_text(described, encoding="utf-8")
    (tests / "OrderTest.java").write_text(snippets("java")[0], encoding="utf-8")
    done = subprocess.run(["mvn", "test"], cwd=shop, env=maven, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = (shop / "target/surefire-reports/OrderTest.txt").read_text(encoding="utf-8")
    assert "Tests run: 1, Failures: 0, Errors: 0, Skipped: 0" in report

    (tests / "FailingTest.java").write_text(textwrap.dedent(FAILING), encoding="utf-8")
    done = subprocess.run(["mvn", "test"], cwd=shop, env=maven, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(r"expected: <\[paid\]> but was: <\[declined\]>", done.stdout)
    assert re.search(
        r"FailingTest\.comparison failed\. YabandPay sandbox\naccount \d+ at http", done.stdout + done.stderr
    )
    written = (shop / "target/surefire-reports/TEST-FailingTest.xml").read_text(encoding="utf-8")
    assert "FailingTest.rejection failed. YabandPay sandbox\naccount " in written


@needs_junit
@needs_maven
@pytest.mark.slow
def test_maven_runs_its_tests(tmp_path: Path, maven: dict[str, str]) -> None:
    folder = tmp_path / "java"
    shutil.copytree(JAVA, folder, ignore=shutil.ignore_patterns("target"))
    command = ["mvn", f"-Dvectors={ROOT / 'tests/vectors/signatures.json'}", "test"]
    done = subprocess.run(command, cwd=folder, env=maven, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((folder / "target/surefire-reports").glob("TEST-*.xml"))) == 4
