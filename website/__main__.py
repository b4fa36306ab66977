"""Builds the documentation's site: `python -m website [FOLDER]`, by default into build/site. `make docs-site` does."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from website.navigation import NAVIGATION
from website.sources import MissingPageError, write_sources

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
LANGUAGES = ("en", "zh")


def build(target: Path) -> None:
    """Build the site in all languages into a folder, which is made anew: English at its root, Chinese in zh/."""
    made = {}
    with tempfile.TemporaryDirectory() as work:
        for language in LANGUAGES:
            project = Path(work) / language
            write_sources(ROOT, language, project / "docs")
            shutil.copytree(HERE / "theme", project / "theme")
            shutil.copytree(HERE / "assets", project / "docs" / "assets")
            (project / "zensical.toml").write_text(configuration(language), encoding="utf-8")
            _generate(project)
            made[language] = project / "site"
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made["en"], target)
        (made["zh"] / "404.html").unlink()  # servers use the one at the root
        shutil.copytree(made["zh"], target / "zh")


def configuration(language: str) -> str:
    """The settings of the generator, with the navigation in a language."""
    is_chinese = language == "zh"
    navigation = [
        {
            section.chinese if is_chinese else section.english: [
                {page.chinese if is_chinese else page.english: page.place} for page in section.pages
            ]
        }
        for section in NAVIGATION
    ]
    name = "YabandPay 沙箱" if is_chinese else "YabandPay sandbox"
    text = (HERE / "zensical.toml").read_text(encoding="utf-8")
    values = {"NAME": name, "ADDRESS": address(language), "LANGUAGE": language, "NAVIGATION": navigation}
    for placeholder, value in values.items():
        text = text.replace(f'"{placeholder}"', _toml(value))
    return text


def address(language: str) -> str:
    """Where the site is published, as pyproject.toml says: the sitemap and the page for wrong addresses need it."""
    found = re.search(
        r'^Documentation = "(.+?)/?"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    if found is None:
        sys.exit("pyproject.toml has no address Documentation in [project.urls].")
    return f"{found[1]}/zh/" if language == "zh" else f"{found[1]}/"


def _generate(project: Path) -> None:
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", "zensical.toml"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)  # noqa: S603 - own command
    if done.returncode:
        sys.exit(f"The site was not built:\n{done.stdout}{done.stderr}")


def _toml(value: Any) -> str:  # noqa: ANN401 - texts, lists and tables of TOML
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_toml(one)}" for key, one in value.items()) + "}"
        )
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Build the site, and say where it is."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site"
    if find_spec("zensical") is None:
        sys.exit("The generator is missing: run `make docs-site`, with Python 3.11 or newer.")
    try:
        build(target.resolve())
    except MissingPageError as error:
        sys.exit(str(error))
    print(f"The site is in {target}. Open {target / 'index.html'} in a browser.")  # noqa: T201 - what the command reports


if __name__ == "__main__":
    main()
