"""docs/install.md: its commands run, and all that is installed, run or set has its one name and one version."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import yaml

import mockserver
from mockserver.cli.remote import TOKEN_VARIABLE, URL_VARIABLE
from mockserver.settings import declared, environment_variable, flag
from tests.reading import blocks, rows

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/install.md").read_text(encoding="utf-8")
NAMES = dict(rows(PAGE, "kind"))
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
NODE = json.loads((ROOT / "helpers/node/package.json").read_text(encoding="utf-8"))
PHP = json.loads((ROOT / "helpers/php/composer.json").read_text(encoding="utf-8"))
JAVA = ET.parse(ROOT / "helpers/java/pom.xml").getroot()  # noqa: S314 - the project's own file
_POM = "{http://maven.apache.org/POM/4.0.0}"


def test_after_make_run_the_command_is_found_as_shown() -> None:
    [block] = blocks(PAGE, "sh")
    script = block.replace(". .venv/bin/activate", f'. "{sys.prefix}/bin/activate"')
    assert script != block
    done = subprocess.run(["sh", "-e", "-c", script], capture_output=True, text=True, check=True)
    assert mockserver.__version__ in done.stdout


def test_each_kind_of_package_has_the_name_that_the_table_says() -> None:
    [distribution] = re.findall(r'^name = "(.+)"', PROJECT, re.MULTILINE)
    [command] = re.findall(r'^(\S+) = "mockserver\.', PROJECT.partition("[project.scripts]")[2], re.MULTILINE)[:1]
    assert NAMES["Python distribution"].startswith(f"`{distribution}`")
    assert f"`{command}`" == NAMES["command"]
    assert f"`{NODE['name']}`" == NAMES["npm package"]
    assert f"`{PHP['name']}`" == NAMES["Composer package"]
    assert f"`{JAVA.findtext(f'{_POM}artifactId')}`" == NAMES["Maven artefact"]


def test_the_image_has_the_name_everywhere() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    built = {one["image"].partition(":")[0] for one in services.values() if "image" in one and "build" in one}
    assert {f"`{name}`" for name in built} == {NAMES["container image"]}
    named = re.findall(r"-t (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert {name.partition(":")[0] for name in named} == built


def test_every_variable_begins_with_the_name() -> None:
    variables = {environment_variable(setting): flag(setting) for setting in declared()}
    assert all(
        variable == "YABANDPAY_MOCK_" + name.removeprefix("--").replace("-", "_").upper()
        for variable, name in variables.items()
    )
    assert URL_VARIABLE == "YABANDPAY_MOCK_URL"
    assert TOKEN_VARIABLE in variables


def test_all_packages_have_one_version() -> None:
    versions = {NODE["version"], JAVA.findtext(f"{_POM}version"), mockserver.__version__}
    assert versions == {mockserver.__version__}
