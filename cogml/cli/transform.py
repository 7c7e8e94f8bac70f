"""`cogml transform` is a stage over a file: read it, send its rows, write them with two columns."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Annotated, Literal

import pyarrow as pa
import pyarrow.compute as pc
import typer

from cogml.binding import bound
from cogml.cli.console import say
from cogml.cli.reading import FileError, Format, read
from cogml.cli.writing import replacing, writer
from cogml.errors import ParamError, one_of
from cogml.param import ServiceParam
from cogml.services import Service

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
_TYPES = {int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
_STDOUT = Path("-")


def transform(
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="A stage of `cogml services`.")],
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="The file to read.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write; - is stdout.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the stage; repeatable."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if any row failed.")
    ] = False,
    delimiter: Annotated[
        str | None,
        typer.Option(
            help="What separates the columns of INPUT, and of a .txt OUTPUT; \\t is a tab."
        ),
    ] = None,
    quoted: Annotated[
        bool | None,
        typer.Option(
            "--quoted/--unquoted",
            help="Whether double quotes enclose fields of INPUT. [default: unless tabs separate]",
        ),
    ] = None,
    columns: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="The columns of a file without a header.")
    ] = None,
    form: Annotated[
        Literal["csv", "jsonl"], typer.Option("--format", help="What to write to stdout.")
    ] = "csv",
) -> None:
    """Run a stage over a file; error and output become its last columns.

    Files are .csv, .tsv, .txt (with --delimiter), .jsonl or .ndjson, and .parquet. In delimited
    text an empty cell is null, every other cell is text as it stands there; columns that a setting
    needs as numbers are read as such. A nested column stays nested in Parquet and JSON lines; in
    delimited text it is written as JSON text, and so is, where tabs separate, a text column with
    tabs or line breaks in it. Rows keep their order; OUTPUT appears when it is complete.

    A setting is a parameter of the stage: textCol=review reads the text from the column review,
    language=en is one value for all rows. A secret is named, not given:
    subscriptionKey=env:NAME reads it from the environment variable NAME.
    """
    made = _stage(stage, settings or [])
    limit = _delimiter(delimiter)
    read_as = Format.of(source, limit, quoted)
    write_as = _target(source, output, limit, form)
    names = None if columns is None else [name.strip() for name in columns.split(",")]
    table = read(source, read_as, names, _types(made))
    # No row, no request: says what is wrong with settings and columns before anything is written.
    schema = made.copy().transform(table.slice(0, 0)).schema
    with _opened(output) as file, writer(file, write_as, schema) as write:
        result = made.transform(table)
        write(result)
    say(made.run_report)
    reasons = _reasons(result.column(made.getErrorCol()))
    for reason in reasons:
        say(reason)
    if strict and reasons:
        raise typer.Exit(1)


def _stage(name: str, settings: Sequence[str]) -> Service:
    if name not in Service.registry:
        raise ParamError(f"there is no stage {name!r}{one_of(name, sorted(Service.registry))}")
    stage = Service.registry[name]()
    seen = set()
    for setting in settings:
        keyword, equals, text = setting.partition("=")
        if not equals:
            raise ParamError("--set expects NAME=VALUE, such as --set textCol=text")
        if keyword in seen:
            raise ParamError(f"--set {keyword} is there twice")
        seen.add(keyword)
        _set(stage, keyword, text)
    return stage


def _set(stage: Service, keyword: str, text: str) -> None:
    column = stage.declared.get(keyword.removesuffix("Col"))
    if keyword in stage.declared:
        param = stage.declared[keyword]
        if param.secret and not _REFERENCE.fullmatch(text):
            raise ParamError(
                f"{keyword} is a secret and does not belong on a command line; put it into an "
                f"environment variable and give its name: --set {keyword}=env:NAME"
            )
        stage.setParams(**{keyword: text if param.secret else param.parse(text)})
    elif keyword.endswith("Col") and isinstance(column, ServiceParam):
        stage.setParams(**{keyword: text})
    else:
        raise ParamError(
            f"{type(stage).__name__} has no parameter {keyword!r}"
            f"{one_of(keyword, stage.keywords())}"
        )


def _delimiter(given: str | None) -> str | None:
    if given is None:
        return None
    meant = "\t" if given == "\\t" else given
    if len(meant) != 1 or meant in '"\r\n':
        raise ParamError("--delimiter expects one character, such as ';', or \\t for a tab")
    return meant


def _target(source: Path, output: Path, limit: str | None, form: str) -> Format:
    if output == _STDOUT:
        return Format.of(_STDOUT.with_name(f"stdout.{form}"))
    same = output.resolve() == source.resolve()
    if same or (output.exists() and source.exists() and output.samefile(source)):
        raise FileError(f"{output}: is INPUT; write to another file")
    return Format.of(output, limit if output.suffix.lower() == ".txt" else None)


def _types(stage: Service) -> dict[str, pa.DataType]:
    """What columns of delimited text must become for the parameters that are read from them."""
    return {
        column.name: _TYPES[param.kind] for param, column in bound(stage) if param.kind in _TYPES
    }


@contextlib.contextmanager
def _opened(output: Path) -> Iterator[IO[bytes]]:
    if output == _STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with replacing(output) as file:
            yield file


def _reasons(errors: pa.ChunkedArray) -> list[str]:
    """A line a code: how many rows, and what was said of the first of them."""
    codes = pc.struct_field(errors, "code")
    lines = []
    for found in pc.value_counts(codes.drop_null()).to_pylist():
        row = pc.index(codes, found["values"]).as_py()
        message = errors[row]["message"].as_py()
        lines.append(f"{found['values']}: {found['counts']:,} rows, first row {row + 1}: {message}")
    return lines
