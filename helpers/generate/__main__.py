"""Writes the generated files of all helpers: `make helper-types`."""

from __future__ import annotations

from pathlib import Path

from helpers.generate.files import generated_files

for path, text in generated_files(Path(__file__).parents[1]).items():
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
