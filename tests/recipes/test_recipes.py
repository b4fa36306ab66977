"""The recipes of docs/recipes: run where that needs no container engine, otherwise checked as far as files can be."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
import yaml

from mockserver.delivery.destination import parse_mapping
from mockserver.settings import Settings, declared, environment_variable
from mockserver.testing import Sandbox
from tests.container.checkers import ROOT, check_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECIPES = ROOT / "docs" / "recipes"
FILES = sorted(file for file in RECIPES.iterdir() if file.is_file())
PAGE = (RECIPES / "README.md").read_text(encoding="utf-8")
PUBLISHED = re.compile(r"ghcr\.io/[\w.-]+/yabandpay-mock\b")
IMAGE = PUBLISHED.findall(PAGE)[0]


@pytest.fixture
def programs(tmp_path: Path) -> Callable[[str, str], dict[str, str]]:
    """Puts a program onto the PATH of an environment, and returns that."""
    folder = tmp_path / "programs"
    folder.mkdir()

    def put(name: str, script: str) -> dict[str, str]:
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}

    return put


@pytest.fixture
def with_sandbox(programs: Callable[[str, str], dict[str, str]]) -> dict[str, str]:
    """An environment in which `yabandpay-mock` is this checkout's."""
    return programs("yabandpay-mock", f'exec "{sys.executable}" -m mockserver "$@"')


# The page ------------------------------------------------------------------------------------------------------------


def test_every_recipe_has_its_line_in_the_page_and_in_what_was_tried() -> None:
    table, _, tried = PAGE.partition("## Tested with")
    for file in FILES:
        if not file.name.startswith("README."):
            assert f"({file.name})" in table, file.name
            assert file.name in tried.replace("github-actions\\*", file.stem), file.name


@pytest.mark.parametrize(
    "name",
    [
        "github-actions.yaml",
        "github-actions-service.yaml",
        "gitlab-ci.yaml",
        "host-alias.sh",
        "testcontainers_example.py",
        "SandboxContainerTest.java",
    ],
)
def test_a_container_has_the_image_that_a_release_publishes(name: str) -> None:
    text = (RECIPES / name).read_text(encoding="utf-8")
    assert PUBLISHED.findall(text) == [IMAGE]
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert f"name=ghcr.io/${{GITHUB_REPOSITORY_OWNER,,}}/{IMAGE.rpartition('/')[2]}" in workflow


def test_links_of_the_page_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (RECIPES / target).exists(), target


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_settings_that_a_recipe_names_exist(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    known = {environment_variable(setting): setting for setting in declared()}
    for name, value in re.findall(r"(YABANDPAY_MOCK_\w+)[=:] *(\S+)", text):
        known[name].metadata["read"](value.strip('`"'))
    assert set(re.findall(r"YABANDPAY_MOCK_\w+", text)) <= set(known)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_recipe_uses_the_account_that_there_is(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for name, expected in (("USER", Settings().user), ("SECRET_KEY", Settings().secret_key)):
        assert set(re.findall(rf'\b(?:YABANDPAY_)?{name}\s?[=:]\s?"?([\w-]+)', text)) <= {expected}


@pytest.mark.parametrize("file", ["github-actions.yaml", "github-actions-pytest.yaml", "github-actions-service.yaml"])
def test_a_workflow_is_one(file: str) -> None:
    check_schema("vendor.github-workflows", f"docs/recipes/{file}")


def test_the_gitlab_pipeline_is_one() -> None:
    check_schema("vendor.gitlab-ci", "docs/recipes/gitlab-ci.yaml")


@pytest.mark.parametrize("file", ["github-actions.yaml", "github-actions-service.yaml", "gitlab-ci.yaml"])
def test_a_shop_on_port_3000_is_reported_inside_a_hosted_job(file: str) -> None:
    text = (RECIPES / file).read_text(encoding="utf-8")
    mapping = parse_mapping(re.findall(r"NOTIFY_MAP[=:] ?(\S+)", text)[0])
    assert mapping.source == "http://127.0.0.1:3000"
    host = "build" if file == "gitlab-ci.yaml" else "host.docker.internal"
    assert mapping.target == f"http://{host}:3000"
    assert (
        "FF_NETWORK_PER_BUILD" in text
        if host == "build"
        else f"add-host{'=' if 'service' in file else ' '}{host}" in text
    )


@pytest.mark.parametrize("script", sorted(RECIPES.glob("*.sh")), ids=lambda script: script.name)
def test_a_shell_recipe_is_shell(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)


# Plain shell ---------------------------------------------------------------------------------------------------------

PAYS = f"""
"{sys.executable}" -c '
import os
from mockserver.client import YabandPay
client = YabandPay(os.environ["YABANDPAY_USER"], os.environ["YABANDPAY_SECRET_KEY"], os.environ["YABANDPAY_URL"])
payment = client.create_alipay_mini_payment(
    order_id="A-1", amount="24.99", currency="EUR", description="Tea", notify_url="https://www.yabandpay.com/notify"
)
print(client.query_order(payment.trade_id).order_id)
'
echo "$PPID" > shell.pid
"""


def run_beside_sandbox(command: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", RECIPES / "plain-shell.sh", "sh", "-c", command],
        env={**environment, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_command_pays_beside_its_own_sandbox_and_nothing_is_left(
    with_sandbox: dict[str, str], tmp_path: Path
) -> None:
    done = run_beside_sandbox(PAYS, with_sandbox, tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("A-1\n", "", 0)
    assert {file.name for file in tmp_path.iterdir()} == {"programs", "shell.pid"}


def test_a_command_that_fails_ends_with_its_status_and_what_the_sandbox_printed(
    with_sandbox: dict[str, str], tmp_path: Path
) -> None:
    done = run_beside_sandbox("exit 3", with_sandbox, tmp_path)
    assert done.returncode == 3
    assert "YabandPay sandbox" in done.stderr


def test_a_sandbox_that_does_not_start_says_why(programs: Callable[[str, str], dict[str, str]], tmp_path: Path) -> None:
    environment = programs("yabandpay-mock", 'echo "expected another value" >&2; exit 2')
    done = run_beside_sandbox("echo reached", environment, tmp_path)
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr == "The sandbox did not start.\nexpected another value\n"


def test_the_sandbox_ends_with_a_script_that_has_to_stop(with_sandbox: dict[str, str], tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with subprocess.Popen(
        [
            "sh",
            RECIPES / "plain-shell.sh",
            "sh",
            "-c",
            f"echo $YABANDPAY_URL > {ready}.part; mv {ready}.part {ready}; exec sleep 1",
        ],
        env={**with_sandbox, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    ) as script:
        while not ready.exists():
            assert script.poll() is None
        script.send_signal(signal.SIGTERM)
        assert script.wait(60) == 128 + signal.SIGTERM
    asked = subprocess.run(
        [sys.executable, "-m", "mockserver", "ready", ready.read_text().strip()], cwd=ROOT, check=False
    )
    assert asked.returncode == 1


# Containers ----------------------------------------------------------------------------------------------------------


def test_the_host_alias_asks_docker_for_what_the_compose_file_says(
    programs: Callable[[str, str], dict[str, str]], tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    environment = programs("docker", f'for word; do printf "%s\\n" "$word"; done >> {notes}; echo >> {notes}')
    subprocess.run(["sh", RECIPES / "host-alias.sh"], env=environment, check=True)
    _, run, ready = (call.split("\n") for call in notes.read_text().rstrip("\n").split("\n\n"))
    service = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["sandbox"]

    def given(option: str) -> str:
        return run[run.index(f"--{option}") + 1]

    assert IMAGE.rpartition("/")[2] == service["image"]
    image = run.index(IMAGE, run.index("--security-opt"))
    assert run[image + 1 :] == service["command"]
    assert given("network-alias") == service["networks"]["default"]["aliases"][0]
    assert given("publish") == service["ports"][0]
    assert given("volume") == f"yabandpay-{service['volumes'][0]}"
    assert given("sysctl") == "=".join(f"{name}={value}" for name, value in service["sysctls"].items())
    assert given("env").split("=", 1)[1] == service["environment"][given("env").split("=")[0]]
    assert "--read-only" in run
    assert (given("tmpfs"), given("cap-drop")) == (service["tmpfs"][0], service["cap_drop"][0])
    assert ready == ["exec", given("name"), "yabandpay-mock", "ready", "--timeout", "30s"]


# The library as it is, but what it asks of an engine: its container is a process of this machine.
WITHOUT_ENGINE = """
import socket, subprocess, sys
from testcontainers.core import container
from testcontainers.core.wait_strategies import ContainerStatusWaitStrategy

class Processes:
    def __init__(self, **_): ...
    def get_connection_mode(self): return container.ConnectionMode.docker_host
    def host(self): return "127.0.0.1"
    def port(self, _, port): return self.ports[str(port)]

def start(self):
    assert self.image == IMAGE
    assert self._kwargs == {"extra_hosts": {"127.0.0.1": "host-gateway"}}, self._kwargs
    with socket.create_server(("127.0.0.1", 0)) as free:
        self._docker.ports = {str(port): str(free.getsockname()[1]) for port in self.ports}
    inside = {**self.env, "YABANDPAY_MOCK_PORT": self._docker.ports["8765"]}
    self.process = subprocess.Popen([sys.executable, "-m", "mockserver", "serve"], env=inside, stdout=subprocess.DEVNULL)
    self._container = self
    self._wait_strategy.wait_until_ready(self)
    return self

def stop(self, **_):
    self.process.terminate()
    self.process.wait()

container.DockerClient = Processes
container.DockerContainer.start = start
container.DockerContainer.stop = stop
container.DockerContainer.get_container_id = lambda self: "process"
ContainerStatusWaitStrategy.wait_until_ready = lambda self, target: None
"""


def test_the_python_testcontainers_recipe_passes_with_a_process_as_its_container(tmp_path: Path) -> None:
    pytest.importorskip("testcontainers", reason="needs the Python package testcontainers")
    example = (RECIPES / "testcontainers_example.py").read_text(encoding="utf-8")
    # This machine is its own host.
    (tmp_path / "test_example.py").write_text(example.replace("host.docker.internal", "127.0.0.1"), encoding="utf-8")
    (tmp_path / "conftest.py").write_text(f"IMAGE = {IMAGE!r}\n{WITHOUT_ENGINE}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_python_testcontainers_recipe_is_python() -> None:
    compile((RECIPES / "testcontainers_example.py").read_text(encoding="utf-8"), "testcontainers_example.py", "exec")


# The names of JUnit and Testcontainers that the recipe uses, with the types that they have there.
JAVA_STAND_INS = {
    "org/junit/jupiter/api/Test.java": """
        package org.junit.jupiter.api;
        @java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME)
        public @interface Test {}
    """,
    "org/junit/jupiter/api/Assertions.java": """
        package org.junit.jupiter.api;
        public class Assertions {
            public static void assertEquals(int expected, int actual) { assertTrue(expected == actual, "not equal"); }
            public static void assertTrue(boolean condition, String message) {
                if (!condition) throw new AssertionError(message);
            }
        }
    """,
    "org/testcontainers/Testcontainers.java": """
        package org.testcontainers;
        public class Testcontainers { public static void exposeHostPorts(int... ports) {} }
    """,
    "org/testcontainers/containers/wait/strategy/WaitStrategy.java": """
        package org.testcontainers.containers.wait.strategy;
        public interface WaitStrategy {}
    """,
    "org/testcontainers/containers/wait/strategy/HttpWaitStrategy.java": """
        package org.testcontainers.containers.wait.strategy;
        public class HttpWaitStrategy implements WaitStrategy {
            public String path; public int port;
            public HttpWaitStrategy forPort(int port) { this.port = port; return this; }
        }
    """,
    "org/testcontainers/containers/wait/strategy/Wait.java": """
        package org.testcontainers.containers.wait.strategy;
        public class Wait {
            public static HttpWaitStrategy forHttp(String path) {
                HttpWaitStrategy made = new HttpWaitStrategy(); made.path = path; return made;
            }
        }
    """,
    "org/testcontainers/containers/GenericContainer.java": """
        package org.testcontainers.containers;
        import org.testcontainers.containers.wait.strategy.*;
        public class GenericContainer<SELF extends GenericContainer<SELF>> implements AutoCloseable {
            public static final String INTERNAL_HOST_HOSTNAME = "127.0.0.1";
            private HttpWaitStrategy wait; private int port;
            public GenericContainer(String image) {
                if (!image.equals("IMAGE")) throw new AssertionError(image);
            }
            @SuppressWarnings("unchecked") private SELF self() { return (SELF) this; }
            public SELF withExposedPorts(Integer... ports) { port = ports[0]; return self(); }
            public SELF waitingFor(WaitStrategy strategy) { wait = (HttpWaitStrategy) strategy; return self(); }
            public void start() {
                try {
                    java.net.URI place = java.net.URI.create("http://127.0.0.1:" + getMappedPort(wait.port) + wait.path);
                    java.net.http.HttpResponse<Void> answer = java.net.http.HttpClient.newHttpClient().send(
                        java.net.http.HttpRequest.newBuilder(place).build(),
                        java.net.http.HttpResponse.BodyHandlers.discarding());
                    if (answer.statusCode() != 200) throw new AssertionError(answer);
                } catch (java.io.IOException | InterruptedException failure) {
                    throw new AssertionError(failure);
                }
            }
            public String getHost() { return "127.0.0.1"; }
            public Integer getMappedPort(int original) {
                if (original != port) throw new AssertionError(original);
                return Integer.getInteger("sandbox.port");
            }
            @Override public void close() {}
        }
    """.replace("IMAGE", IMAGE),
    "Runner.java": """
        public class Runner {
            public static void main(String[] names) throws Exception {
                Class<?> tests = Class.forName(names[0]);
                for (java.lang.reflect.Method method : tests.getDeclaredMethods()) {
                    if (method.isAnnotationPresent(org.junit.jupiter.api.Test.class)) {
                        java.lang.reflect.Constructor<?> made = tests.getDeclaredConstructor();
                        made.setAccessible(true);
                        method.setAccessible(true);
                        method.invoke(made.newInstance());
                        System.out.println(method.getName());
                    }
                }
            }
        }
    """,
}


@pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JDK, such as Debian's default-jdk-headless")
def test_the_java_recipe_passes_with_stand_ins_for_its_libraries(tmp_path: Path) -> None:
    for name, text in JAVA_STAND_INS.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    classes = tmp_path / "classes"
    sources = [RECIPES / "SandboxContainerTest.java", tmp_path / "Runner.java"]
    compiling: list[str | Path] = [
        "javac",
        "-proc:none",
        "-Xlint:all",
        "-Werror",
        "-d",
        classes,
        "-sourcepath",
        tmp_path,
        *sources,
    ]
    compiled = subprocess.run(compiling, capture_output=True, text=True, check=False)
    assert compiled.returncode == 0, compiled.stderr
    with Sandbox(Settings(port=0, pay_delay=10)) as sandbox:
        port = f"-Dsandbox.port={sandbox.url.rpartition(':')[2]}"
        running: list[str | Path] = ["java", "-cp", classes, port, "Runner", "SandboxContainerTest"]
        done = subprocess.run(running, capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout, done.returncode) == ("aPaymentIsPaidAndNotified\n", 0), done.stderr
