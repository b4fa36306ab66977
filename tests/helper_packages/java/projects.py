"""Projects of a merchant that use the JUnit extension of helpers/java: compiled, and run by JUnit's console launcher."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[3]
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


def pom(name: str) -> str:
    return ET.parse(JAVA / "pom.xml").getroot().findtext(name.replace("/", f"/{POM}").replace("", POM, 1)) or ""  # noqa: S314 - our own file


def snippets(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", README, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(text) for _, text in found]


def class_of(snippet: str) -> str:
    return re.findall(r"^class (\w+)", snippet, re.MULTILINE)[0]  # type: ignore[no-any-return]


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
