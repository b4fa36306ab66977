"""The page and the package of helpers/java: snippets as they stand, values that must agree, and Maven."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from mockserver import __version__
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.helper_packages.java.projects import (
    FAILING,
    JAVA,
    JUNIT,
    README,
    ROOT,
    Project,
    class_of,
    compile_java,
    needs_junit,
    pom,
    snippets,
)
from tests.recipes.test_recipes import JAVA_STAND_INS

# The package ---------------------------------------------------------------------------------------------------------


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


# The page ------------------------------------------------------------------------------------------------------------


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
