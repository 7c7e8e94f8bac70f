"""Answers become figures: of every kind of frame, with errors in them, and refused in words."""

from __future__ import annotations

import builtins
import datetime
import pathlib
import subprocess
import sys
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from drawn import FRAMES, THROTTLED, words

from cogml import display
from cogml.display import _canvas, _columns
from cogml.errors import MissingPackage, ParamError
from cogml.schema import ERROR


def scores(positive: float, neutral: float, negative: float) -> dict[str, float]:
    return {"positive": positive, "neutral": neutral, "negative": negative}


def texts(count: int = 1) -> pa.Table:
    """A happy text, a dull one, one that failed and one that was null, so many times."""
    happy = [{"sentiment": "positive", "confidenceScores": scores(0.9, 0.1, 0.0)}]
    dull = [{"sentiment": "neutral", "confidenceScores": scores(0.2, 0.6, 0.2)}]
    return pa.table(
        {
            "text": ["Hooray for $5 and $6!", "A dog.", "lost", None] * count,
            "sentiment": [happy, dull, None, None] * count,
            "sentiment_error": pa.array([None, None, THROTTLED, None] * count, ERROR),
        }
    )


def points(values: list[float | None], odd: int, group: str = "a") -> pa.Table:
    """A series with one point that is an anomaly and the last one an error."""
    answers: list[Any] = [
        {"isAnomaly": at == odd, "expectedValue": 5.0, "upperMargin": 1.0, "lowerMargin": 2.0}
        for at in range(len(values) - 1)
    ]
    return pa.table(
        {
            "timestamp": [f"2026-01-{day:02}T00:00:00Z" for day in range(1, len(values) + 1)],
            "value": pa.array(values, pa.float64()),
            "anomalies": [*answers, None],
            "anomalies_error": pa.array([None] * len(answers) + [THROTTLED], ERROR),
            "group": [group] * len(values),
        }
    )


# --- frames


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_of_any_kind_is_read(kind: str) -> None:
    found = _columns.read(FRAMES[kind](texts()), ["text"], ["sentiment_error", "none"])
    assert found["text"] == texts()["text"].to_pylist()
    assert found["sentiment_error"] == [None, None, THROTTLED, None]
    assert found["none"] == [None] * 4


@pytest.mark.spark
def test_a_spark_frame_is_read(spark: Any) -> None:
    frame = spark.createDataFrame(texts().to_pandas()[["text"]]).selectExpr(
        "text", "array(named_struct('sentiment', 'positive')) as sentiment"
    )
    found = _columns.read(frame, ["text", "sentiment"])
    assert found["text"] == texts()["text"].to_pylist()
    assert found["sentiment"] == [[{"sentiment": "positive"}]] * 4


def test_columns_of_objects_are_read() -> None:
    places = [pathlib.Path("a.png"), None]
    assert _columns.read(pd.DataFrame({"image": places}), ["image"]) == {"image": places}


def test_rows_are_read_where_spark_gives_no_arrow() -> None:
    class Row(dict):
        def asDict(self, recursive: bool) -> dict[str, Any]:
            return dict(self)

    class Frame:
        columns = ("a", "b")

        def select(self, names: list[str]) -> Frame:
            return self

        def collect(self) -> list[Row]:
            return [Row(a=1, b={"c": 2})]

    assert _columns.read(Frame(), ["b"]) == {"b": [{"c": 2}]}


def test_a_column_that_is_not_there_is_named_with_those_there_are() -> None:
    with pytest.raises(ParamError, match=r"no column 'txet' \(did you mean 'text'\?\).*sentiment"):
        display.sentiment(texts(), "txet")
    with pytest.raises(ParamError, match="no column 'oops'"):
        display.sentiment(texts(), errorCol="oops")


@pytest.mark.parametrize("thing", [None, 3, "text", [1], {"text": ["a"]}, pd.DataFrame])
def test_what_is_no_frame_is_refused(thing: Any) -> None:
    with pytest.raises(ParamError, match="expected a pandas, polars or Spark DataFrame"):
        display.sentiment(thing)


@pytest.mark.parametrize("show", [display.sentiment, display.series, display.utterances])
def test_no_rows_are_no_figure(show: Any) -> None:
    names = ["text", "sentiment", "timestamp", "value", "anomalies", "url"]
    with pytest.raises(ParamError, match="no rows"):
        show(pd.DataFrame({name: [] for name in names}))


# --- sentiment


@pytest.mark.parametrize("kind", FRAMES)
def test_few_texts_have_a_bar_each(kind: str) -> None:
    figure = display.sentiment(FRAMES[kind](texts()))
    said = words(figure)
    for part in ("Hooray", "0.90", "positive", "error: throttled", "(null)", "confidence (0 to 1)"):
        assert part in said
    assert "1 with an error (1 throttled)" in said


def test_many_texts_are_counted() -> None:
    said = words(display.sentiment(texts(25)))
    assert "100 texts, 25 with an error (25 throttled)" in said
    assert said.count("  25 (25%)") == 4
    assert "  0 (0%)" in said


def test_a_row_of_several_texts_is_several_bars() -> None:
    both = [answer for (answer,) in texts()["sentiment"].to_pylist()[:2]]
    frame = pa.table({"text": [["one", "two", "three"]], "sentiment": [both]})
    said = words(display.sentiment(frame))
    assert "one" in said
    assert "three" in said
    assert "no text, no answer" in said


def test_the_struct_of_analyze_text_is_read() -> None:
    ((answer,), *_) = texts()["sentiment"].to_pylist()
    frame = pa.table({"text": ["yes"], "sentiment": [{"documents": answer, "errors": None}]})
    assert "0.90" in words(display.sentiment(frame))


def test_other_answers_are_no_sentiment() -> None:
    frame = pa.table({"text": ["yes"], "sentiment": [[{"keyPhrases": ["a"]}]]})
    with pytest.raises(ParamError, match="sentiment: expected the answers of TextSentiment"):
        display.sentiment(frame)


# --- series


@pytest.mark.parametrize("kind", FRAMES)
def test_a_series_has_its_band_and_its_anomalies(kind: str) -> None:
    figure = display.series(FRAMES[kind](points([5.0, 5.5, 9.0, 4.0], odd=2)))
    (axes,) = figure.axes
    marks = {line.get_label(): line for line in axes.get_lines()}
    assert list(marks["anomaly"].get_ydata()) == [9.0]
    assert list(marks["error"].get_ydata()) == [4.0]
    (band,) = axes.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (3.0, 6.0)
    said = words(figure)
    assert "1 anomaly in 4 points, 1 with an error (1 throttled)" in said
    assert "timestamp (UTC)" in said


def test_a_group_is_a_panel_and_rows_may_stand_in_any_order() -> None:
    both = pa.concat_tables([points([1.0, 9.0, 2.0], 1, "a"), points([1.0, 2.0, 3.0], 9, "b")])
    figure = display.series(both.take([5, 0, 3, 2, 1, 4]), groupCol="group")
    assert [axes.get_title("left").split(",")[0] for axes in figure.axes] == [
        "b: 0 anomalies in 3 points",
        "a: 1 anomaly in 3 points",
    ]
    values = [list(axes.get_lines()[1].get_ydata()) for axes in figure.axes]
    assert values == [[1.0, 2.0, 3.0], [1.0, 9.0, 2.0]]


def test_groups_over_the_limit_are_counted() -> None:
    many = pa.concat_tables([points([1.0, 2.0], 0, f"group {n}") for n in range(14)])
    figure = display.series(many, groupCol="group")
    assert len(figure.axes) == 12
    assert "the first 12 of 14 groups" in words(figure)


def test_missing_values_leave_gaps() -> None:
    figure = display.series(points([1.0, None, 3.0], odd=1))
    values = figure.axes[0].get_lines()[1].get_ydata()
    assert [value == value for value in values] == [True, False, True]


@pytest.mark.parametrize(
    "time",
    [
        datetime.date(2026, 1, 31),
        datetime.datetime(2026, 1, 31),
        datetime.datetime(2026, 1, 31, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
        pd.Timestamp("2026-01-31"),
        "2026-01-31",
        "2026-01-31T00:00:00Z",
    ],
)
def test_times_of_any_kind_are_one_time(time: Any) -> None:
    frame = pd.DataFrame({"timestamp": [time], "value": [1.0], "anomalies": [None]})
    import matplotlib.dates

    (at,) = display.series(frame).axes[0].get_lines()[0].get_xdata()
    assert matplotlib.dates.num2date(at).replace(tzinfo=None) == datetime.datetime(2026, 1, 31)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("timestamp", "yesterday", "timestamp: expected times.*found 'yesterday'"),
        ("timestamp", 7, "timestamp: expected times.*found 7"),
        ("timestamp", None, "timestamp: expected times.*found None"),
        ("value", "high", "value: expected numbers; found 'high'"),
        ("anomalies", [{"a": 1}], "expected the answers of SimpleDetectAnomalies"),
        ("anomalies", {"isAnomaly": [True]}, "as DetectAnomalies gives"),
    ],
)
def test_what_is_no_series_is_refused(column: str, cell: Any, message: str) -> None:
    row = {"timestamp": "2026-01-01", "value": 1.0, "anomalies": None, column: cell}
    with pytest.raises(ParamError, match=message):
        display.series(pd.DataFrame([row]))


# --- speech


def test_utterances_lie_where_they_were_said() -> None:
    said = {"DisplayText": "Hello.", "Offset": 20_000_000, "Duration": 10_000_000, "NBest": None}
    frame = pd.DataFrame(
        {
            "url": ["https://host/a.wav", "b.wav"],
            "text": [[said, {**said, "Offset": 50_000_000}], None],
            "error": [None, THROTTLED],
        }
    )
    figure = display.utterances(frame)
    (first, second, _) = figure.axes[0].collections
    assert [bar.get_paths()[0].vertices[0][0] for bar in (first, second)] == [2.0, 5.0]
    text = words(figure)
    for part in ("a.wav", "b.wav", "Hello.", "error: throttled", "(s)"):
        assert part in text
    with pytest.raises(ParamError, match="expected the answers of SpeechToTextSDK"):
        display.utterances(pd.DataFrame({"url": ["a"], "text": ["hello"]}))


# --- the figure, the package


def test_a_figure_shows_itself_and_belongs_to_nobody() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    figure = display.sentiment(texts())
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert dict(matplotlib.rcParams) == before


def test_matplotlib_is_imported_when_it_is_needed() -> None:
    code = "import sys; from cogml import display; print({'matplotlib', 'PIL'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


@pytest.mark.parametrize("missing", ["matplotlib", "PIL"])
def test_a_missing_package_is_named_with_the_extra(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    actual = builtins.__import__

    def refuse(name: str, *args: Any) -> Any:
        if name.partition(".")[0] == missing:
            raise ImportError(f"No module named {missing!r}", name=missing)
        return actual(name, *args)

    _canvas._figure_class.cache_clear()
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingPackage, match=rf"{missing}.*pip install 'cogml\[display\]'"):
        display.image(b"")
