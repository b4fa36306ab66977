"""The types of the helpers are those of the API."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.generate.files import generated_files
from helpers.generate.schema import ListOf, Named, Plain, records

HELPERS = Path(__file__).parents[2] / "helpers"


@pytest.mark.parametrize("path", generated_files(HELPERS), ids=lambda path: str(path.relative_to(HELPERS)))
def test_generated_types_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generated_files(HELPERS)[path], "run make helper-types"


def test_a_record_comes_with_those_that_it_consists_of() -> None:
    found = {record.name: record for record in records("NotificationRecord", "ExchangeRecord")}
    assert sorted(found) == [
        "AttemptRecord", "ExchangeRecord", "ExplanationRecord", "FieldErrorRecord", "NotificationRecord",
    ]  # fmt: skip
    fields = {field.name: field for field in found["NotificationRecord"].fields}
    assert fields["attempts"].type == ListOf(Named("AttemptRecord"))
    assert fields["created_at"].type == Plain("instant")
    explained = {field.name: field for field in found["ExchangeRecord"].fields}["explanation"]
    assert (explained.type, explained.nullable, explained.required) == (Named("ExplanationRecord"), True, True)
    with pytest.raises(KeyError):
        records("NoSuchRecord")
