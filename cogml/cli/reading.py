"""A file becomes an Arrow table: every row of it, text as it stands there, or one clear refusal.

Delimited text is read with Python's own csv module: it notices a quote that is never closed, where
Arrow's reader takes the rest of the file for one field. JSON lines are decoded line by line,
because Arrow's reader turns text that looks like a time into a time.
"""

from __future__ import annotations

import collections
import csv
import dataclasses
import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from cogml.errors import CogmlError

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_JSON_LINES = {".jsonl", ".ndjson"}
_PARQUET = {".parquet"}
_ROWS = 50_000  # Python objects at a time, before they become Arrow


class FileError(CogmlError):
    """A file that cannot be read, or not be written, as what it is said to be."""


@dataclasses.dataclass(frozen=True, slots=True)
class Format:
    """What a file is: delimited text, JSON lines or Parquet.

    A field of delimited text may be enclosed in double quotes, with delimiters and line breaks in
    it; where a tab delimits, a quote is a character like any other and a field has none of these.
    """

    kind: str
    delimiter: str = ""
    quoted: bool = False

    @classmethod
    def of(cls, path: Path, delimiter: str | None = None, quoted: bool | None = None) -> Format:
        """The format that a file's suffix names; raises FileError when it names none."""
        suffix = path.suffix.lower()
        if suffix in _JSON_LINES or suffix in _PARQUET:
            return cls("jsonl" if suffix in _JSON_LINES else "parquet")
        if suffix == ".txt" and delimiter is None:
            raise FileError(f"{path}: say what separates the columns, such as --delimiter '\\t'")
        if suffix != ".txt" and suffix not in _DELIMITERS:
            raise FileError(
                f"{path}: unknown suffix {suffix!r}; known are .csv, .tsv, .txt (with "
                "--delimiter), .jsonl, .ndjson, .parquet"
            )
        chosen = delimiter or _DELIMITERS[suffix]
        return cls("delimited", chosen, chosen != "\t" if quoted is None else quoted)


def read(
    path: Path, form: Format, names: Sequence[str] | None, types: Mapping[str, pa.DataType]
) -> pa.Table:
    """The file's rows; `names` are the columns of a delimited file without a header.

    In delimited text an empty cell is null and a column is text, unless `types` has another type
    for it.
    """
    if not path.exists():
        raise FileError(f"{path}: there is no such file")
    if path.is_dir():
        raise FileError(f"{path}: is a folder")
    if path.stat().st_size == 0:
        raise FileError(f"{path}: the file is empty")
    if names is not None and form.kind != "delimited":
        raise FileError(f"{path}: names its columns itself; --columns is for delimited text")
    try:
        if form.kind == "delimited":
            return _typed(path, _delimited(path, form, names), types)
        if form.kind == "jsonl":
            return _json_lines(path)
        return pq.ParquetFile(path).read()  # not read_table: it adds columns named in folders
    except UnicodeDecodeError:
        raise FileError(f"{path}: line {_first_bad_line(path)} is not UTF-8 text") from None
    except (pa.ArrowException, OSError) as error:
        raise FileError(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def _delimited(path: Path, form: Format, names: Sequence[str] | None) -> pa.Table:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = _quoted(path, file, form) if form.quoted else _unquoted(file, form)
        if names is None:
            names = next((cells for _, cells in lines if cells), [])
        doubled = [n for n, count in collections.Counter(names).items() if count > 1]
        if doubled or not names:
            what = f"two columns are named {doubled[0]!r}" if doubled else "there is no header"
            raise FileError(f"{path}: {what}; --columns names the columns of a file without header")
        width = len(names)
        # A blank line is a row only where rows have one column.
        rows = lines if width == 1 else (row for row in lines if row[1])
        parts = []
        while chunk := [_cells(path, row, width) for row in itertools.islice(rows, _ROWS)]:
            arrays = [pa.array(column, pa.string()) for column in zip(*chunk, strict=True)]
            parts.append(pa.table(arrays, names=list(names)))
    schema = pa.schema([(name, pa.string()) for name in names])
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _quoted(path: Path, file: TextIO, form: Format) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # a cell may well be a whole document
    reader = csv.reader(file, delimiter=form.delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise FileError(f"{path}: the row that begins in line {before + 1}: {error}") from None


def _unquoted(file: TextIO, form: Format) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(file, 1):
        text = line.rstrip("\r\n")
        yield number, text.split(form.delimiter) if text else []


def _cells(path: Path, row: tuple[int, list[str]], width: int) -> list[str | None]:
    line, cells = row
    if len(cells) != width and not (width == 1 and not cells):
        raise FileError(
            f"{path}: the row in line {line} has {len(cells)} columns; {width} are expected"
        )
    return [cell or None for cell in cells or [""]]


def _typed(path: Path, table: pa.Table, types: Mapping[str, pa.DataType]) -> pa.Table:
    for place, name in enumerate(table.column_names):
        if name in types:
            try:
                table = table.set_column(place, name, table.column(name).cast(types[name]))
            except pa.ArrowInvalid as error:
                raise FileError(f"{path}: column {name!r}: {error}") from None
    return table


def _json_lines(path: Path) -> pa.Table:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    rows = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if not text.strip():
                continue
            try:
                rows.append(decode(text))
            except UnicodeDecodeError:
                raise
            except (msgspec.DecodeError, RecursionError):
                raise FileError(f"{path}: line {number} is not a JSON object") from None
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        try:
            columns[name] = pa.array([row.get(name) for row in rows])
        except (pa.ArrowException, OverflowError):
            raise FileError(f"{path}: the values of {name!r} are not of one type") from None
    return pa.table(columns) if names else pa.table({"": pa.nulls(len(rows))}).select([])


def _first_bad_line(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1
