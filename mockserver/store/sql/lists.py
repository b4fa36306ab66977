"""Lists of dated records, which stay fast with millions of them.

A database counts rows and skips rows one by one. So the records of a kind get positions, in the order of their
addition, and blocks of 256 positions. Of each block, `record_blocks` has the instant and number of the first record,
and `record_counts` how many records are in each state; of 256 blocks there is a sum as well. So a list is counted, and
any of its pages found, by reading some hundred rows at most.

This needs records that are added in the order of lists, by instant and number, as they are unless the clock of a
machine is behind that of another. Otherwise rows are counted and skipped, which is slow and right as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.unit_of_work import ListPosition
from mockserver.store.sql import statements
from mockserver.store.sql.changes import BLOCK, SUPERBLOCK
from mockserver.store.sql.progress import Added

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.domain.unit_of_work import Choice, Clues
    from mockserver.store.sql.database import Row, SqlConnection

_PER_SUPERBLOCK = SUPERBLOCK // BLOCK
_SPECIAL = frozenset('"\\%_\x7f')  # in JSON or in patterns


class _Range(NamedTuple):
    """The records after an instant and number, and before another instant and number."""

    since: int
    after: int
    until: int
    before: int


class _Blocks(NamedTuple):
    """The blocks that are wholly in a range: from `first` up to `end`, which is left out."""

    first: int
    end: int


class DatedLists:
    """The lists of one kind of record: of all, and of those in one state."""

    def __init__(self, connection: SqlConnection, of_kind: dict[str, Any], added: Added | None) -> None:
        """`of_kind` has the generation and the name of the kind."""
        self._connection = connection
        self._of_kind = of_kind
        self._added = added or Added()

    def count(self, choice: Choice) -> int:
        """How many records are chosen, on all pages."""
        chosen = _range_of(choice)
        if not self._added.in_order:
            return self._count_rows(choice.state, chosen)
        first, last = self._positions(chosen)
        if choice.state is None:
            return last - first + 1
        return self._count_in_state(choice.state, chosen, first, last)

    def page(self, choice: Choice) -> list[str]:
        """The texts of the chosen records of a page."""
        chosen, skip = _range_of(choice), choice.skip
        is_far = skip >= BLOCK and self._added.in_order
        begin = self._skipped(choice.state, chosen, skip) if is_far else (chosen, skip)
        if begin is None or choice.limit <= 0:
            return []
        chosen, skip = begin
        values = {**chosen._asdict(), **self._of_kind, "skip": skip, "limit": choice.limit}
        if choice.state is None:
            rows = self._connection.rows(statements.PAGE, **values)
        else:
            rows = self._connection.rows(statements.PAGE_IN_STATE, **values, state=choice.state)
        return [text for (text,) in rows]

    def newest(self, choice: Choice, clues: Clues, looked_at: int) -> tuple[list[Row], ListPosition | None]:
        """The texts, instants and numbers of records, newest first, and the place where the list goes on."""
        values = {**_range_of(choice)._asdict(), **self._of_kind, "looked_at": looked_at, "limit": choice.limit}
        likely = {"text": _pattern(clues.text), "amount": _pattern(clues.amount) if clues.amount else "",
                  "wallet": _pattern(clues.wallet), "exact_method": _pattern(clues.method)}  # fmt: skip
        in_state = {} if choice.state is None else {"state": choice.state}
        search = statements.NEWEST if choice.state is None else statements.NEWEST_IN_STATE
        rows = self._connection.rows(search, **values, **likely, **in_state)
        if len(rows) >= choice.limit:
            return rows, ListPosition(*rows[-1][1:])
        last = statements.LAST_LOOKED_AT if choice.state is None else statements.LAST_LOOKED_AT_IN_STATE
        places = self._connection.rows(last, **values | {"skip": looked_at - 1, "limit": 2}, **in_state)
        return rows, ListPosition(*places[0]) if len(places) > 1 else None

    def _count_rows(self, state: str | None, chosen: _Range) -> int:
        values = {**chosen._asdict(), **self._of_kind}
        if state is None:
            [(counted,)] = self._connection.rows(statements.COUNT, **values)
        else:
            [(counted,)] = self._connection.rows(statements.COUNT_IN_STATE, **values, state=state)
        return int(counted)

    def _positions(self, chosen: _Range) -> tuple[int, int]:
        """The first and the last position in a range; 0 and -1 if it is empty."""
        values = {**chosen._asdict(), **self._of_kind}
        first = self._connection.row(statements.FIRST_POSITION, **values)
        last = self._connection.row(statements.LAST_POSITION, **values)
        return (0, -1) if first is None or last is None else (first[0], last[0])

    def _whole_blocks(self, first: int, last: int) -> _Blocks:
        """The blocks from a position to another; the last block of all is as long as it is."""
        ends_all = last + 1 >= self._added.total
        return _Blocks(-(-first // BLOCK), -(-self._added.total // BLOCK) if ends_all else (last + 1) // BLOCK)

    def _count_in_state(self, state: str, chosen: _Range, first: int, last: int) -> int:
        blocks = self._whole_blocks(first, last)
        if blocks.first >= blocks.end:
            return self._count_rows(state, chosen)
        counted = sum(count for _, _, count in self._counts(state, blocks))
        if first % BLOCK:
            counted += self._count_rows(state, self._before_block(blocks.first, chosen))
        if blocks.end * BLOCK <= last:
            counted += self._count_rows(state, self._from_block(blocks.end, chosen))
        return counted

    def _skipped(self, state: str | None, chosen: _Range, skip: int) -> tuple[_Range, int] | None:
        """A range and a short skip that begin at the same record as these; None if there is none."""
        first, last = self._positions(chosen)
        if state is not None:
            return self._skipped_in_state(state, chosen, (first, last), skip)
        if first + skip > last:
            return None
        block, left = divmod(first + skip, BLOCK)
        return self._from_block(block, chosen), left

    def _skipped_in_state(
        self, state: str, chosen: _Range, positions: tuple[int, int], skip: int
    ) -> tuple[_Range, int] | None:
        first, last = positions
        blocks = self._whole_blocks(first, last)
        if blocks.first >= blocks.end:
            return chosen, skip
        if first % BLOCK:
            before = self._count_rows(state, self._before_block(blocks.first, chosen))
            if skip < before:
                return chosen, skip
            skip -= before
        counts = list(self._counts(state, blocks))
        while counts:
            level, block, count = counts.pop(0)
            if skip >= count:
                skip -= count
            elif level:
                begin = block * _PER_SUPERBLOCK
                counts = list(self._counts_at(0, state, _Blocks(begin, begin + _PER_SUPERBLOCK)))
            else:
                return self._from_block(block, chosen), skip
        return (self._from_block(blocks.end, chosen), skip) if blocks.end * BLOCK <= last else None

    def _counts(self, state: str, blocks: _Blocks) -> Iterator[tuple[int, int, int]]:
        """The level, number and count of blocks, in order; of as many as possible together."""
        ends_all = blocks.end * BLOCK >= self._added.total
        first = -(-blocks.first // _PER_SUPERBLOCK)
        end = -(-blocks.end // _PER_SUPERBLOCK) if ends_all else blocks.end // _PER_SUPERBLOCK
        if first >= end:
            yield from self._counts_at(0, state, blocks)
            return
        yield from self._counts_at(0, state, _Blocks(blocks.first, first * _PER_SUPERBLOCK))
        yield from self._counts_at(1, state, _Blocks(first, end))
        yield from self._counts_at(0, state, _Blocks(end * _PER_SUPERBLOCK, blocks.end))

    def _counts_at(self, level: int, state: str, blocks: _Blocks) -> Iterator[tuple[int, int, int]]:
        if blocks.first < blocks.end:
            wanted = {**self._of_kind, **blocks._asdict(), "state": state, "level": level}
            for block, count in self._connection.rows(statements.BLOCK_COUNTS, **wanted):
                yield level, block, count

    def _beginning(self, block: int) -> tuple[int, int]:
        [(dated, number)] = self._connection.rows(statements.BLOCK, **self._of_kind, block=block)
        return dated, number

    def _before_block(self, block: int, chosen: _Range) -> _Range:
        until, before = self._beginning(block)
        return chosen._replace(until=until, before=before)

    def _from_block(self, block: int, chosen: _Range) -> _Range:
        """The part of a range from the beginning of a block on."""
        since, number = self._beginning(block)
        return chosen._replace(since=since, after=number - 1)


def _range_of(choice: Choice) -> _Range:
    until, before = (choice.until, choice.before) if choice.before else (choice.until + 1, 0)
    return _Range(choice.since, choice.after, until, before)


def _pattern(clue: str) -> str:
    """A pattern of SQL that all JSON with this text in any case has, and others may have.

    JSON escapes some characters, and databases differ in the case of letters beyond ASCII: these may be anything.
    """
    certain = (
        letter if letter not in _SPECIAL and letter >= " " and (letter.isascii() or letter.upper() == letter) else "%"
        for letter in clue
    )
    return f"%{''.join(certain)}%" if clue else "%"
