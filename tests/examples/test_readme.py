"""What holds for all examples."""

from __future__ import annotations

from tests.examples.running import EXAMPLES

FOLDERS = [path for path in EXAMPLES.iterdir() if path.is_dir()]
_SOURCES = {".mjs", ".php", ".py", ".sh"}


def test_the_readme_shows_every_example() -> None:
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    assert FOLDERS
    assert [folder.name for folder in FOLDERS if f"[{folder.name}]({folder.name}/" not in readme] == []


def test_what_the_readme_links_exists() -> None:
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    targets = [part.partition(")")[0] for part in readme.split("](")[1:]]
    assert [target for target in targets if not (EXAMPLES / target).is_file()] == []


def test_no_example_uses_the_sandboxs_own_code() -> None:
    """Each one is an independent check of the signature."""
    files = [file for folder in FOLDERS for file in folder.iterdir() if file.suffix in _SOURCES]
    assert {file.suffix for file in files} == _SOURCES
    assert [file.name for file in files if "mockserver" in file.read_text("utf-8")] == []
