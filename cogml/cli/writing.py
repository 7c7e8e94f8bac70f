"""A table becomes a file at once or not at all: it is written beside its place, then moved there.

The file is begun before the run, with the columns that will come, so that a folder that is not
there or a type that the format has not is known before the first request.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cogml.cli.reading import FileError, Format

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
        if not form.quoted and any(map(_is_broken, [*schema.names], [form] * len(schema))):
            raise FileError("a column's name has a tab or a line break; .csv or .jsonl can hold it")
        yield lambda table: _write_delimited(file, form, table)


def _write_json_lines(file: IO[bytes], table: pa.Table) -> None:
    encode = msgspec.json.Encoder(enc_hook=str).encode
    for batch in table.to_batches(_ROWS):
        file.writelines(encode(row) + b"\n" for row in batch.to_pylist())


def _write_delimited(file: IO[bytes], form: Format, table: pa.Table) -> None:
    as_json = [not form.quoted and _breaks_rows(table.column(n), form) for n in table.column_names]
    text = io.StringIO()
    if form.quoted:
        write = csv.writer(text, delimiter=form.delimiter, lineterminator="\n").writerows
    else:

        def write(rows: Any, /) -> None:
            text.writelines(form.delimiter.join(row) + "\n" for row in rows)

    write([table.column_names])
    for batch in table.to_batches(_ROWS):
        columns = [
            [_cell(value, always) for value in column.to_pylist()]
            for column, always in zip(batch.columns, as_json, strict=True)
        ]
        write(zip(*columns, strict=True))
        file.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
    file.write(text.getvalue().encode())


def _breaks_rows(column: pa.ChunkedArray, form: Format) -> bool:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    found = pc.match_substring_regex(column, f"[\\r\\n{form.delimiter}]")
    return bool(pc.any(found).as_py())


def _is_broken(name: str, form: Format) -> bool:
    return any(character in name for character in f"\r\n{form.delimiter}")


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
