"""Which files are generated, and by what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.generate import php

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# A helper's folder, and the function that gives its files: their paths in the folder, and their texts.
_GENERATORS: dict[str, Callable[[], dict[str, str]]] = {"php": php.generate}


def generated_files(helpers: Path) -> dict[Path, str]:
    """The paths of all generated files, below the folder of the helpers, and their texts."""
    return {
        helpers / language / name: text
        for language, generate in _GENERATORS.items()
        for name, text in generate().items()
    }
