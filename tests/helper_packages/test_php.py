"""The helper for PHPUnit: its own tests, and its README, executed in a project of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mockserver
from tests.reading import blocks, rows

ROOT = Path(__file__).parents[2]
HELPER = ROOT / "helpers" / "php"
README = (HELPER / "README.md").read_text(encoding="utf-8")
TITLE = re.compile(r"^(?:<\?php // |<!-- )([\w./]+\.\w+)")
LIBRARY = os.environ.get("YABANDPAY_OFFICIAL_LIBRARY", "")
NEEDED = [program for program in ("php", "phpunit", "composer") if shutil.which(program) is None]

needs_php = pytest.mark.skipif(bool(NEEDED), reason=f"needs {', '.join(NEEDED)}, as Debian's packages have them")


def command(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def variables(workplace: Path) -> dict[str, str]:
    """The environment, without settings of the sandbox; Composer uses this machine's packages only."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YABANDPAY_MOCK_")}
    return kept | {
        "PATH": f"{workplace / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "COMPOSER_HOME": str(workplace / "composer"),
        "COMPOSER_ALLOW_SUPERUSER": "1",
        "COMPOSER_NO_INTERACTION": "1",
    }


def run(arguments: list[str], folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, cwd=folder, env=variables, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sandbox, as what pipx installs."""
    folder = tmp_path_factory.mktemp("php")
    command(folder / "sandbox", f'exec {sys.executable} -m mockserver "$@"')
    command(
        folder / "bin" / "pipx",
        f'case "$*" in "install yabandpay-mock" | "install {ROOT}") cp {folder}/sandbox {folder}/bin/yabandpay-mock ;; *) exit 1 ;; esac',
    )
    return folder


@pytest.fixture(scope="module")
def phpunit(workplace: Path) -> Path:
    """A package with Debian's PHPUnit, which Composer takes instead of one from the network."""
    phpunit = workplace / "phpunit"
    command(
        phpunit / "phpunit",
        f'exec {shutil.which("phpunit")} --do-not-cache-result --bootstrap vendor/autoload.php "$@"',
    )
    described = {"name": "phpunit/phpunit", "version": "9.6.0", "bin": ["phpunit"]}
    (phpunit / "composer.json").write_text(json.dumps(described), encoding="utf-8")
    return phpunit


def take_packages_from(workplace: Path, **paths: Path) -> None:
    """Have Composer take packages from these folders, and none from the network."""
    options = {"symlink": False, "versions": {"yabandpay-mock/phpunit": mockserver.__version__}}
    found = {name: {"type": "path", "url": str(path), "options": options} for name, path in paths.items()}
    (workplace / "composer").mkdir(exist_ok=True)
    written = json.dumps({"repositories": {"packagist.org": False, **found}})
    (workplace / "composer" / "config.json").write_text(written, encoding="utf-8")


def installed(workplace: Path, commands: str, name: str) -> Path:
    """A new project after the commands that install the packages, with the files of the README."""
    folder = workplace / name
    folder.mkdir()
    done = run(["sh", "-e", "-c", commands], folder, variables(workplace))
    assert done.returncode == 0, done.stdout
    for snippet in (*blocks(README, "php"), *blocks(README, "xml")):
        title = TITLE.match(snippet)
        assert title, f"a snippet has no name: {snippet}"
        (folder / title[1]).parent.mkdir(exist_ok=True)
        (folder / title[1]).write_text(snippet, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def project(workplace: Path, phpunit: Path) -> Path:
    """A project of a shop, after the commands of "Install", as if the package were published."""
    take_packages_from(workplace, phpunit=phpunit, helper=HELPER)
    [commands] = blocks(README, "sh", "pipx install yabandpay-mock")
    return installed(workplace, commands, "shop")


def snippet(name: str, language: str = "text") -> str:
    """The block after the snippet of a name."""
    following = README[README.index(f"// {name}\n") :]
    return blocks(following, language)[0].strip()


def test_the_version_is_that_of_the_sandbox() -> None:
    sandbox = (HELPER / "src" / "Sandbox.php").read_text(encoding="utf-8")
    assert re.findall(r"VERSION = '(.*)'", sandbox) == [mockserver.__version__]


def test_the_licence_is_that_of_the_sandbox() -> None:
    assert (HELPER / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert json.loads((HELPER / "composer.json").read_bytes())["license"] == "MIT"


def test_the_chinese_readme_has_the_same_code_headings_and_names() -> None:
    chinese = (HELPER / "README.zh-CN.md").read_text(encoding="utf-8")
    for pattern in (r"^```.*?^```", r"^#+(?= )", r"^\| `[^|]+ \|"):
        english, translated = (re.findall(pattern, text, re.DOTALL | re.MULTILINE) for text in (README, chinese))
        assert [one.replace(", `", "、`") for one in english] == [one.replace(", `", "、`") for one in translated]
        assert english
    for text in (README, chinese):
        assert [link for link in re.findall(r"\]\(([^)#]+)", text) if not (HELPER / link).exists()] == []


@needs_php
@pytest.mark.slow
def test_the_package_passes_its_own_tests(workplace: Path) -> None:
    command_of_this = {"YABANDPAY_MOCK_COMMAND": str(workplace / "sandbox")}
    done = run(["phpunit", "--do-not-cache-result"], HELPER, variables(workplace) | command_of_this)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^(?:OK \(|Tests: )\d{3}\b", done.stdout, flags=re.MULTILINE), done.stdout  # all of them have run


@needs_php
@pytest.mark.slow
def test_composer_accepts_the_package(workplace: Path) -> None:
    done = run(["composer", "validate", "--strict", "--no-check-lock"], HELPER, variables(workplace))
    assert done.returncode == 0, done.stdout


@needs_php
@pytest.mark.slow
@pytest.mark.parametrize("test", ["OrderTest", "ShopTest"])
def test_the_tests_of_the_readme_pass(project: Path, workplace: Path, test: str) -> None:
    [line] = blocks(README, "sh", f"tests/{test}.php")
    done = run(["sh", "-e", "-c", line], project, variables(workplace))
    assert done.returncode == 0, done.stdout
    assert test != "OrderTest" or snippet("tests/OrderTest.php") in done.stdout


@needs_php
@pytest.mark.slow
def test_the_package_is_installed_from_a_checkout(tmp_path: Path, workplace: Path, phpunit: Path) -> None:
    take_packages_from(workplace, phpunit=phpunit)
    [commands] = blocks(README, "sh", "PATH/TO/CHECKOUT")
    folder = installed(workplace, commands.replace("PATH/TO/CHECKOUT", str(ROOT)), tmp_path.name)
    done = run(["vendor/bin/phpunit", "tests/OrderTest.php"], folder, variables(workplace))
    assert "OK (1 test," in done.stdout, done.stdout


@needs_php
@pytest.mark.slow
def test_a_failed_test_tells_what_the_readme_says(project: Path, workplace: Path) -> None:
    done = run(["vendor/bin/phpunit", "tests/WrongKeyTest.php"], project, variables(workplace))
    assert done.returncode == 1, done.stdout
    shown = re.escape(snippet("tests/WrongKeyTest.php"))
    assert re.search(re.sub(r"\d{5,}", r"\\d+", shown), done.stdout), done.stdout


@needs_php
@pytest.mark.slow
def test_the_official_library_pays(project: Path, workplace: Path) -> None:
    """With the library itself if there is a copy of it, else with what stands for it."""
    loader = HELPER / "tests" / "stand-in" / "YaBandPayApi.php"
    if LIBRARY:
        loader = workplace / "library.php"
        path = f"{json.dumps(LIBRARY)} . '/src/' . strtr(substr($class, 14), '\\\\', '/') . '.php'"
        body = f"if (str_starts_with($class, 'YaBandPay\\\\Api\\\\')) {{ require {path}; }}"
        loader.write_text(f"<?php spl_autoload_register(function ($class) {{ {body} }});", encoding="utf-8")
    prepended = variables(workplace) | {"PHP_INI_SCAN_DIR": f":{workplace}/ini"}
    (workplace / "ini").mkdir(exist_ok=True)
    (workplace / "ini" / "library.ini").write_text(f'auto_prepend_file = "{loader}"\n', encoding="utf-8")
    done = run(["vendor/bin/phpunit", "tests/OfficialLibraryTest.php"], project, prepended)
    assert done.returncode == 0, done.stdout
    assert "OK (1 test," in done.stdout


@needs_php
@pytest.mark.slow
def test_the_programs_of_the_readme_run(project: Path, workplace: Path) -> None:
    signing = run(["php", "signing.php"], project, variables(workplace))
    assert signing.stdout.strip() == snippet("signing.php")
    by_hand = run(["php", "by_hand.php"], project, variables(workplace))
    assert (by_hand.returncode, by_hand.stdout) == (0, "-1000\n")


@needs_php
@pytest.mark.slow
def test_the_configuration_of_the_readme_is_taken(project: Path, workplace: Path) -> None:
    filtered = ["--configuration", "phpunit.xml", "--filter", "OrderTest"]
    done = run(["vendor/bin/phpunit", *filtered], project, variables(workplace))
    assert "OK (1 test," in done.stdout, done.stdout


@needs_php
@pytest.mark.slow
def test_the_readme_names_all_that_an_account_has(project: Path) -> None:
    program = (
        "require 'vendor/autoload.php'; $class = new ReflectionClass(YabandpayMock\\Account::class);"
        "foreach ([...$class->getMethods(ReflectionMethod::IS_PUBLIC), "
        "...$class->getProperties(ReflectionProperty::IS_PUBLIC)] as $one) { echo $one->name, PHP_EOL; }"
    )
    done = run(["php", "-r", program], project, dict(os.environ))
    named = {name for row in rows(README, "name") for name in re.findall(r"`(\w+)(?:\([^`]*\))?`", row[0])}
    assert named == set(done.stdout.split()) - {"__construct", "close"}, done.stdout
