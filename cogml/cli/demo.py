"""`cogml demo` runs the tutorial's text sample on the local suite: no key, no cloud, no set-up."""

from __future__ import annotations

import contextlib
import enum
import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cogml.cli.console import needed, say, show_table
from cogml.service import Service
from cogml.services._azure import ENDPOINT

_COLUMNS = ["text", "language"]
_SENTENCES = [
    ("I am so happy today, its sunny!", "en-US"),
    ("this is a dog", "en-US"),
    ("I am frustrated by this rush hour traffic!", "en-US"),
]

Answer = tuple[str, str | None, Any]
"""A sentence, its sentiment, its error."""


class Engine(enum.StrEnum):
    """The library whose DataFrame the sample uses."""

    pandas = "pandas"
    polars = "polars"
    spark = "spark"


def demo(
    engine: Annotated[Engine, typer.Option(help="Whose DataFrame to use.")] = Engine.pandas,
) -> None:
    """Run the tutorial's text sample on the local service suite."""
    suite = needed("cogml_mocks", "mocks")
    key = uuid.uuid4().hex
    run = {Engine.pandas: _pandas, Engine.polars: _polars, Engine.spark: _spark}[engine]
    with suite.serve(keys=[key]) as running, _endpoint(running.url):
        answers = run(_stage(key))
    show_table(("text", "sentiment"), [(text, found or "") for text, found, _ in answers])
    errors = [(text, error) for text, _, error in answers if error is not None]
    for text, error in errors:
        say(f"{text!r}: {error['code']}: {error['message']}")
    if errors:
        raise typer.Exit(1)


def _stage(key: str) -> Any:
    stage: Any = Service.registry["TextSentiment"]()  # its setters are made, not written
    return (
        stage.setTextCol("text")
        .setLocation("eastasia")
        .setSubscriptionKey(key)
        .setOutputCol("sentiment")
        .setErrorCol("error")
        .setLanguageCol("language")
    )


def _pandas(stage: Any) -> list[Answer]:
    pandas = needed("pandas", "pandas")
    out = stage.transform(pandas.DataFrame(_SENTENCES, columns=_COLUMNS))
    found = _plain(out["sentiment"].list[0].struct.field("sentiment"))
    errors = _plain(out["error"])
    return list(zip(out["text"], found, errors, strict=True))


def _plain(series: Any) -> list[Any]:
    # With None for what is missing, not with pandas.NA, which is neither true nor false.
    found: list[Any] = series.array.__arrow_array__().to_pylist()
    return found


def _polars(stage: Any) -> list[Answer]:
    polars = needed("polars", "polars")
    out = stage.transform(polars.DataFrame(_SENTENCES, schema=_COLUMNS, orient="row"))
    found = out["sentiment"].list.get(0, null_on_oob=True).struct.field("sentiment")
    return list(zip(out["text"], found, out["error"].to_list(), strict=True))


def _spark(stage: Any) -> list[Answer]:
    from cogml import java

    java.prepare()
    with _held_back(), warnings.catch_warnings():
        # Said at each import of pandas 3 by pyspark, which works with it for all that is done here.
        warnings.simplefilter("ignore", FutureWarning)
        functions = needed("pyspark.sql.functions", "spark")
        session = (
            needed("pyspark.sql", "spark")
            .SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
        try:
            session.sparkContext.setLogLevel("ERROR")
            out = stage.transform(session.createDataFrame(_SENTENCES, _COLUMNS)).select(
                "text",
                functions.col("sentiment")[0].getItem("sentiment").alias("sentiment"),
                functions.col("error"),
            )
            return [
                (row["text"], row["sentiment"], row["error"] and row["error"].asDict(True))
                for row in out.collect()
            ]
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
