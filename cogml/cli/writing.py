"""A table becomes a file at once or not at all: it is written beside its place, then moved there.

The file is begun before the run, with the columns that will come, so that a folder that is not
there or a type that the format has not is known before the first request.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cogml.cli.reading import FileError, Format
from cogml.schema import is_text

_BREAKS = "[\t\r\n]"  # what a field cannot hold where quotes do not enclose it
_ROWS = 10_000  # Python objects at a time


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` when the block ends well, and is gone when it fails."""
    place = path.resolve()  # a link stays a link
    if place.exists() and not place.is_file():
        raise FileError(f"{path}: is not a file that can be replaced")
    if not place.parent.is_dir():
        raise FileError(f"{path}: there is no folder {place.parent}")
    beside = place.with_name(f".cogml-{uuid.uuid4().hex}.tmp")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            shutil.copymode(place, beside)
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)


@contextlib.contextmanager
def writer(
    file: IO[bytes], form: Format, schema: pa.Schema
) -> Iterator[Callable[[pa.Table], None]]:
    """A function that writes a table of this schema to the file."""
    if form.kind == "parquet":
        try:
            made = pq.ParquetWriter(file, schema)
        except pa.ArrowException as error:
            raise FileError(f"Parquet cannot hold these columns: {error}") from None
        with made:
            yield made.write_table
    elif form.kind == "jsonl":
        yield lambda table: _write_json_lines(file, table)
    else:
        if not form.quoted and any(re.search(_BREAKS, name) for name in schema.names):
            raise FileError(
                "a column's name has a tab or a line break; .csv and .jsonl can hold it"
            )
        yield lambda table: _write_delimited(file, form, table)


def _write_json_lines(file: IO[bytes], table: pa.Table) -> None:
    encode = msgspec.json.Encoder(enc_hook=str).encode
    for batch in table.to_batches(_ROWS):
        file.writelines(encode(row) + b"\n" for row in batch.to_pylist())


def _write_delimited(file: IO[bytes], form: Format, table: pa.Table) -> None:
    # Not csv.writer: where a line feed ends its lines it does not enclose a lone carriage return.
    special = re.compile(f'["\\r\\n{re.escape(form.delimiter)}]')

    def field(cell: str) -> str:
        if form.quoted and special.search(cell):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    def line(cells: Iterable[str]) -> bytes:
        return (form.delimiter.join(map(field, cells)) + "\n").encode()

    as_json = [not form.quoted and _breaks_rows(column) for column in table.columns]
    file.write(line(table.column_names))
    for batch in table.to_batches(_ROWS):
        columns = [
            [_cell(value, always) for value in column.to_pylist()]
            for column, always in zip(batch.columns, as_json, strict=True)
        ]
        file.writelines(map(line, zip(*columns, strict=True)))


def _breaks_rows(column: pa.ChunkedArray) -> bool:
    if not is_text(column.type):
        return False
    found = pc.match_substring_regex(column.cast(pa.large_string()), _BREAKS)
    return bool(pc.any(found).as_py())


def _cell(value: Any, as_json: bool) -> str:
    """A value in delimited text: null is empty, text is itself, what is nested is JSON."""
    if value is None:
        return ""
    plain = msgspec.to_builtins(value, enc_hook=str)
    if isinstance(plain, str) and not as_json:
        return plain
    if isinstance(plain, float):
        return repr(plain)
    return msgspec.json.encode(plain).decode()
