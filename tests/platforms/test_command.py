"""Commands that pages and the terminal show: each is run in a shell, as it is shown."""

from __future__ import annotations

import html
import os
import re
import shlex
import site
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import requests

from tests.examine.shops.right import WooWordsShop
from tests.machine import free_port
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
USER, KEY = "016683", "sandbox-secret-key"
NAME = "yabandpay-mock"
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("YABANDPAY_MOCK_", "COVERAGE_PROCESS"))}
SCRIPT = """#!/bin/sh
'''exec' {python} "$0" "$@"
' '''
import sys
from mockserver.__main__ import main
sys.exit(main())
"""  # as pip writes it
REFUSED = (
    '{"user": "016683", "sign": "' + "0" * 64 + '", "method": "v3.QueryOrder", "time": 1, "data": {"trade_id": "a"}}'
)


class Shell(NamedTuple):
    """A shell in a folder, in which the sandbox is started with `command` and is expected to call itself `shown`."""

    folder: Path
    command: str
    shown: str
    on_page: str
    path: str

    def run(self, script: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", script], cwd=self.folder, env={**CLEAN, "PATH": self.path}, capture_output=True, text=True,
            check=False, input=stdin,
        )  # fmt: skip


def install(folder: Path, *, has_script: bool = True) -> Path:
    """Make a virtual environment as `make run` does, in which only what pip does is done by hand."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    paths = [str(ROOT), *site.getsitepackages()]
    (folder / "lib" / version / "site-packages" / "all.pth").write_text("\n".join(paths), encoding="utf-8")
    script = folder / "bin" / NAME
    if has_script:
        script.write_text(SCRIPT.format(python=shlex.quote(str(folder / "bin" / "python"))), encoding="utf-8")
        script.chmod(0o755)
    return folder / "bin"


def shell_of(kind: str, tmp_path: Path) -> Shell:  # noqa: PLR0911 - one for each way
    """A way to install and start the sandbox."""
    folder, elsewhere, path = tmp_path / "check out", tmp_path / "private" / "env", os.environ["PATH"]
    folder.mkdir()
    if kind == "make run":
        install(folder / ".venv")
        return Shell(folder, ".venv/bin/yabandpay-mock", ".venv/bin/yabandpay-mock", ".venv/bin/yabandpay-mock", path)
    if kind == "on the path":
        return Shell(folder, NAME, NAME, NAME, f"{install(elsewhere)}{os.pathsep}{path}")
    if kind == "linked on the path":  # as pipx and uv do
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / NAME).symlink_to(install(elsewhere) / NAME)
        return Shell(folder, NAME, NAME, NAME, f"{tmp_path / 'bin'}{os.pathsep}{path}")
    if kind == "activated":
        return Shell(folder, NAME, NAME, NAME, f"{install(folder / '.venv')}{os.pathsep}{path}")
    if kind == "beside another one on the path":
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / NAME).write_text("#!/bin/sh\nexit 99\n", encoding="utf-8")
        (tmp_path / "bin" / NAME).chmod(0o755)
        install(folder / "my env")
        shown = "'my env/bin/yabandpay-mock'"
        return Shell(folder, shown, shown, shown, f"{tmp_path / 'bin'}{os.pathsep}{path}")
    if kind == "as a module":
        called = f"{install(folder / '.venv', has_script=False).relative_to(folder)}/python -m mockserver"
        return Shell(folder, called, called, called, path)
    if kind == "as a module, elsewhere":
        called = f"{install(elsewhere, has_script=False)}/python -m mockserver"
        return Shell(folder, called, called, "python -m mockserver", path)
    script = str(install(elsewhere) / NAME)
    return Shell(folder, script, script, NAME, path)


ALL = ["make run", "on the path", "linked on the path", "activated", "beside another one on the path", "as a module",
"elsewhere", "as a module, elsewhere"]  # fmt: skip


@pytest.fixture(params=ALL)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    return shell_of(request.param, tmp_path)


class Started(NamedTuple):
    """A sandbox that was started in a shell."""

    shell: Shell
    url: str

    def page(self, path: str) -> str:
        answer = requests.get(f"{self.url}{path}", timeout=30)
        assert answer.status_code == 200, path
        return html.unescape(answer.text)


@pytest.fixture
def started(shell: Shell) -> Iterator[Started]:
    ready = shell.folder / "ready"
    line = f"exec {shell.command} serve --port 0 --ready-file ready --pay-delay 10ms > log 2>&1"
    with subprocess.Popen(["sh", "-c", line], cwd=shell.folder, env={**CLEAN, "PATH": shell.path}) as process:
        try:
            wait_until(lambda: ready.exists() or process.poll() is not None)
            yield Started(shell, ready.read_text(encoding="utf-8").split()[0])
        finally:
            process.terminate()


def commands(text: str) -> list[str]:
    """The blocks of a page that call the sandbox, as they are copied."""
    found = re.findall(r"<pre[^>]*>([^<]*(?:yabandpay-mock|mockserver)'? [^<]*)</pre>", text)
    return [one for one in found if "curl" not in one]


@pytest.mark.parametrize(
    ("shell", "language"),
    [*[(kind, "en") for kind in ALL if kind not in {"activated", "linked on the path"}], ("make run", "zh")],
    indirect=["shell"],
)
def test_the_commands_on_pages_run_as_they_are_shown(started: Started, language: str) -> None:
    shell = started.shell
    account = f"/_sandbox/accounts/{USER}"
    meeting = requests.post(f"{started.url}{account}/stage", {"mode": "meeting"}, timeout=30).url
    plug_in = requests.post(f"{started.url}{account}/tour/plug-in", timeout=30).url
    pages = [
        started.page(f"{address.removeprefix(started.url)}{'&' if '?' in address else '?'}lang={language}")
        for address in (meeting, f"{started.url}{account}/examination", plug_in)
    ]
    shown = [command for page in pages for command in commands(page)]
    assert len(shown) == 3
    assert [command.startswith(f"{shell.on_page} ") for command in shown] == [True] * 3, shown
    named = re.findall(r"(?:run|运行) ?([^<]*?(?:yabandpay-mock|mockserver)'?) examine", pages[1])
    assert named == [shell.on_page]
    assert not any(str(shell.folder.parent) in page for page in pages)
    if shell.on_page != shell.shown:  # nobody is told where it is
        return
    serving, examining, trusting = shown
    for command in (serving, trusting):  # they listen on every address, and on port 443
        done = shell.run(f"{command.rstrip()} --help")
        assert (done.returncode, done.stderr) == (0, ""), command
        assert "Serve the gateway" in done.stdout
    with WooWordsShop(started.url, USER, KEY) as shop:
        page = started.page(
            f"{account}/examination?lang={language}&create={shop.url}/orders&state={shop.url}/orders/{{order_id}}"
        )
        [examining] = commands(page)
        done = shell.run(f"{examining} --only right-payment --paid processing")
    assert (done.returncode, "This shop passed." in done.stdout) == (0, True), (examining, done)


@pytest.mark.parametrize("shell", ["make run", "beside another one on the path", "elsewhere"], indirect=True)
def test_the_commands_in_the_terminal_run_as_they_are_shown(started: Started) -> None:
    shell, called = started.shell, started.shell.command
    url = f" --url {started.url}"
    made = shell.run(f"{called} trigger --pay-method ideal --order-id 'I 1'{url}")
    assert f"now: {shell.shown} pay 'I 1'{url}\n" in made.stdout, made
    assert shell.run(made.stdout.partition("now: ")[2]).returncode == 0
    assert re.match(r"I 1 +paid", shell.run(f"{called} wait 'I 1' paid{url}").stdout)
    unknown = shell.run(f"{called} show X{url}").stderr
    listed = shell.run(unknown.partition("List them with ")[2].rstrip("\n."))
    assert "I 1" in listed.stdout
    wrong = shell.run(f"{called} verify", REFUSED)
    assert wrong.stderr.endswith(f"Run {shell.shown} explain to find the cause.\n")
    explained = shell.run(f"{shell.shown} explain", REFUSED)
    assert explained.stdout.startswith("-403 The signature Error")
    mistaken = shell.run(f"{called} serve --prot 1").stderr
    tried = re.search(r"Try '(.*)' for help", mistaken)
    assert tried, mistaken
    assert tried[1].startswith(f"{shell.shown} serve ")
    assert shell.run(tried[1]).returncode == 0


def test_without_a_sandbox_the_command_that_starts_one_runs_as_it_is_shown(shell: Shell) -> None:
    said = shell.run(f"{shell.command} orders --url http://127.0.0.1:{free_port()}").stderr
    start = re.search(r"Start one with (.*), or give", said)
    assert start, said
    assert start[1] == f"{shell.shown} serve"
    assert shell.run(f"{start[1]} --help").returncode == 0
    helped = "".join(shell.run(f"{start[1]} --help").stdout.split())
    assert f"`{shell.shown} compare --write`".replace(" ", "") in helped


def test_the_completion_is_set_up_as_its_help_shows(shell: Shell) -> None:
    shown = shell.run(f"{shell.command} completion --help").stdout
    line = re.search(r"bash  (.*\))\"", shown)
    assert line, shown
    done = subprocess.run(
        ["bash", "-c", f'{line[1]}"; complete -p yabandpay-mock'], cwd=shell.folder, text=True, capture_output=True,
        env={**CLEAN, "PATH": shell.path}, check=False,
    )  # fmt: skip
    assert "_yabandpay_mock_completion" in done.stdout, (line, done)
