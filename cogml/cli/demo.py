"""`cogml demo` runs the tutorial's samples on the local suite: no key, no cloud, no set-up."""

from __future__ import annotations

import contextlib
import enum
import os
import pathlib
import re
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from typing import Annotated

import pyarrow as pa
import typer

from cogml.cli import samples
from cogml.cli.console import needed, say, show_table
from cogml.cli.samples import Row, Sample
from cogml.cli.voice import read_out
from cogml.errors import MissingPackage, ParamError
from cogml.services._azure import ENDPOINT

Run = Callable[[Sample], list[Row]]


class Engine(enum.StrEnum):
    """The library whose DataFrame the samples use."""

    pandas = "pandas"
    polars = "polars"
    spark = "spark"


def demo(
    engine: Annotated[Engine, typer.Option(help="Whose DataFrame to use.")] = Engine.pandas,
    everything: Annotated[
        bool, typer.Option("--all", help="Run all five samples: vision, search, ... as well.")
    ] = False,
    audio: Annotated[
        list[pathlib.Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="A recording to listen to, with --all; may be repeated. [default: a voice reads]",
        ),
    ] = None,
) -> None:
    """Run the tutorial's text sample, or all its samples, on the local service suite."""
    if audio and not everything:
        raise ParamError("--audio goes with --all")
    needed("cogml_mocks.server", "mocks")  # imported by the package only when asked for
    suite = needed("cogml_mocks", "mocks")
    key = uuid.uuid4().hex
    frames = {Engine.pandas: _pandas, Engine.polars: _polars, Engine.spark: _spark}[engine]
    with contextlib.ExitStack() as stack:
        recordings, why = (audio or [], "")
        if everything and not audio:
            folder = tempfile.TemporaryDirectory(prefix="cogml-demo-")
            recordings, why = _read_out(pathlib.Path(stack.enter_context(folder)))
        running = stack.enter_context(suite.serve(keys=[key]))
        stack.enter_context(_endpoint(running.url))
        chosen = [samples.text(key)]
        if everything:
            chosen.append(samples.vision(key, running.url))
            chosen.append(samples.search(key))
            chosen.append(samples.anomalies(key))
        if recordings:
            chosen.append(samples.speech(key, recordings))
        run = stack.enter_context(frames())
        errors = [error for sample in chosen for error in _show(sample, run, headed=everything)]
    # Only now is stderr free: while Spark runs it is held back.
    for sentence in [*errors, *filter(None, [why])]:
        say(sentence)
    if errors:
        raise typer.Exit(1)


def _show(sample: Sample, run: Run, *, headed: bool) -> list[str]:
    """Print a sample's table; what went wrong, a line for each row."""
    rows = run(sample)
    if headed:
        print(f"\n{sample.heading}\n", flush=True)
    show_table(sample.shown, [line for row in rows for line in sample.lines(row)])
    first = next(iter(sample.columns))
    return [
        f"{row[first]!r}: {error['code']}: {error['message']}"
        for row in rows
        if (error := row[sample.stage.getErrorCol()]) is not None
    ]


def _read_out(folder: pathlib.Path) -> tuple[list[pathlib.Path], str]:
    """Files in which a voice reads the sentences; or none, and why."""
    made = []
    for sentence in samples.SENTENCES:
        try:
            content = read_out(sentence)
        except MissingPackage as error:
            return [], (
                f"Speech to text is left out: there is no recording (--audio FILE gives one), and "
                f"no voice to read a sentence out: {error}"
            )
        name = re.sub(r"\W+", "-", sentence.lower()).strip("-")
        made.append(folder / f"{name}.wav")
        made[-1].write_bytes(content)
    return made, ""


@contextlib.contextmanager
def _pandas() -> Iterator[Run]:
    pandas = needed("pandas", "pandas")

    def run(sample: Sample) -> list[Row]:
        out = sample.stage.transform(pandas.DataFrame(sample.columns))
        rows: list[Row] = pa.Table.from_pandas(out, preserve_index=False).to_pylist()
        return rows

    yield run


@contextlib.contextmanager
def _polars() -> Iterator[Run]:
    polars = needed("polars", "polars")

    def run(sample: Sample) -> list[Row]:
        rows: list[Row] = sample.stage.transform(polars.DataFrame(sample.columns)).to_dicts()
        return rows

    yield run


@contextlib.contextmanager
def _spark() -> Iterator[Run]:
    from cogml import java

    java.prepare()
    with _held_back(), warnings.catch_warnings():
        # Said at each import of pandas 3 by pyspark, which works with it for all that is done here.
        warnings.simplefilter("ignore", FutureWarning)
        session = (
            needed("pyspark.sql", "spark")
            .SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", "2")
            # A JVM that lives for half a minute gains nothing from optimising its code further.
            .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )

        def run(sample: Sample) -> list[Row]:
            rows = [*zip(*sample.columns.values(), strict=True)]
            out = sample.stage.transform(session.createDataFrame(rows, [*sample.columns]))
            return [row.asDict(recursive=True) for row in out.collect()]

        try:
            session.sparkContext.setLogLevel("ERROR")
            yield run
        finally:
            session.stop()


@contextlib.contextmanager
def _endpoint(address: str) -> Iterator[None]:
    before = os.environ.get(ENDPOINT)
    os.environ[ENDPOINT] = address
    try:
        yield
    finally:
        if before is None:
            del os.environ[ENDPOINT]
        else:
            os.environ[ENDPOINT] = before


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """Keep what the JVM says while it starts, before it knows its log level; show it on failure.

    The JVM writes to the file descriptor, not to `sys.stderr`.
    """
    with tempfile.TemporaryFile() as said:
        stderr = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(stderr, said.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
