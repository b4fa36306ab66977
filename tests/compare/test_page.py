"""docs/compare.md, executed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from click.testing import CliRunner

from mockserver.cli.commands import main
from mockserver.cli.serving import plain_settings
from mockserver.settings import Settings
from tests.compare.gateways import gateway
from tests.helpers import SECRET_KEY
from tests.reading import blocks

if TYPE_CHECKING:
    import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
FIRST, OTHER, COMPARE, SERVE = (block.strip() for block in blocks(PAGE, "sh"))
PROFILE = blocks(PAGE, "yaml")[0]


def test_the_example_prints_and_writes_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("key.txt").write_text(SECRET_KEY, encoding="utf-8")
    settings = plain_settings(shlex.split(OTHER)[1:])
    assert settings is not None
    with gateway(error_http_status=settings.error_http_status, duplicate_orders=settings.duplicate_orders) as url:
        line = shlex.split(COMPARE.replace("http://127.0.0.1:8766", url))
        result = CliRunner().invoke(main, line[1:])
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == blocks(PAGE, "text")[0].strip()
    written = Path("profile.yaml").read_text(encoding="utf-8")
    assert written.partition("\n")[2] == PROFILE
    assert plain_settings(shlex.split(SERVE)[1:]) == Settings(profile=Path("profile.yaml"))


def test_the_first_command_asks_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, shlex.split(FIRST)[1:])
    assert (result.exit_code, "add --yes if you mean it" in result.output) == (2, True)


def test_the_fields_of_the_example_are_described() -> None:
    def fields(values: object, inside: str) -> set[str]:
        if not isinstance(values, dict):
            return {inside}
        return set().union(*(fields(value, f"{inside}.{name}" if inside else name) for name, value in values.items()))

    for field in fields(yaml.safe_load(PROFILE), ""):
        assert f"`{field.replace('duplicate_order.', 'KIND.')}`" in PAGE
