"""Sentiment as bars: a few texts with the confidence in each, many texts as counts."""

# ruff: noqa: N803
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cogml.display import _canvas
from cogml.display._columns import read_with_errors
from cogml.errors import ParamError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {
    "positive": _canvas.BLUE,
    "neutral": "#BBBBBB",
    "mixed": _canvas.VIOLET,
    "negative": _canvas.RED,
}
CONFIDENCES = ("positive", "neutral", "negative")
_Text = tuple[Any, dict[str, Any] | None, Any]


def sentiment(
    frame: Any,
    textCol: str = "text",
    sentimentCol: str = "sentiment",
    errorCol: str | None = None,
    most: int = 20,
) -> Figure:
    """The answers of TextSentiment or AnalyzeText: a bar a text, or counts for more than `most`.

    Confidences go from 0 to 1.
    """
    found, errors = read_with_errors(frame, [textCol, sentimentCol], [sentimentCol], errorCol)
    texts: list[_Text] = []
    for text, cell, failed in zip(found[textCol], found[sentimentCol], errors, strict=True):
        answers = _documents(cell, sentimentCol)
        parts = text if isinstance(text, list) else [text]
        for place, part in enumerate(parts):
            texts.append((part, answers[place] if place < len(answers) else None, failed))
    if not texts:
        raise ParamError("there are no rows to show")
    if len(texts) > most:
        return _counts(texts)
    return _bars(texts, textCol)


def _documents(cell: Any, name: str) -> list[Any]:
    """The answers in a cell, one for each of its texts."""
    if isinstance(cell, dict) and "documents" in cell:
        cell = cell["documents"]
    answers = cell if isinstance(cell, list) else [] if cell is None else [cell]
    for answer in answers:
        if answer is not None and not (isinstance(answer, dict) and "confidenceScores" in answer):
            raise ParamError(
                f"{name}: expected the answers of TextSentiment, or of AnalyzeText for "
                f"SentimentAnalysis (structs with sentiment and confidenceScores); found "
                f"{_canvas.shortened(repr(answer), 60)}"
            )
    return answers


def _bars(texts: list[_Text], name: str) -> Figure:
    made, grid = _canvas.figure(height=1.1 + 0.42 * len(texts))
    axes: Axes = grid[0, 0]
    for place, (_, answer, error) in enumerate(texts):
        if answer is None:
            said = f"error: {_canvas.code_of(error)}" if error else "no text, no answer"
            axes.text(
                0.01, place, said, va="center", fontsize=9, style="italic", color=_canvas.GREY
            )
            continue
        begin = 0.0
        for part in CONFIDENCES:
            share = (answer["confidenceScores"] or {}).get(part) or 0.0
            axes.barh(place, share, left=begin, color=COLOURS[part], height=0.62)
            if share >= 0.12:
                colour = _canvas.BLACK if part == "neutral" else "white"
                axes.text(
                    begin + share / 2, place, f"{share:.2f}",
                    ha="center", va="center", fontsize=8, color=colour,
                )  # fmt: skip
            begin += share
        axes.text(1.02, place, answer["sentiment"] or "", va="center", fontsize=9)
    axes.set_yticks(range(len(texts)), [_label(text) for text, _, _ in texts], fontsize=9)
    axes.set_ylim(len(texts) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel("confidence (0 to 1)")
    axes.set_ylabel(_canvas.shortened(name, 30))
    _canvas.bare(axes)
    handles = [axes.barh(0, 0, color=COLOURS[part], label=part) for part in CONFIDENCES]
    made.legend(handles=handles, loc="outside upper left", ncols=3, frameon=False, fontsize=9)
    failed = _canvas.failures([error for _, _, error in texts])
    if failed:
        axes.set_title(failed, loc="right", fontsize=10)
    return made


def _counts(texts: list[_Text]) -> Figure:
    counts = Counter(_kind(answer, error) for _, answer, error in texts)
    kinds = [*COLOURS, *sorted(kind for kind in counts if kind not in COLOURS)]
    made, grid = _canvas.figure(height=1.1 + 0.42 * len(kinds))
    axes: Axes = grid[0, 0]
    for place, kind in enumerate(kinds):
        colour = COLOURS.get(kind, "white")
        axes.barh(
            place, counts[kind], color=colour, height=0.62,
            edgecolor=_canvas.GREY, hatch=None if kind in COLOURS else "///",
        )  # fmt: skip
        share = f"  {counts[kind]:,} ({counts[kind] / len(texts):.0%})"
        axes.text(counts[kind], place, share, va="center", fontsize=9)
    axes.set_yticks(range(len(kinds)), kinds)
    axes.set_ylim(len(kinds) - 0.5, -0.5)
    axes.margins(x=0.15)
    axes.set_xlabel("texts")
    title = [f"{len(texts):,} texts", _canvas.failures([error for _, _, error in texts])]
    axes.set_title(", ".join(filter(None, title)), loc="left", fontsize=11)
    _canvas.bare(axes)
    return made


def _kind(answer: dict[str, Any] | None, error: Any) -> str:
    if answer is not None:
        return str(answer["sentiment"])
    return f"error: {_canvas.code_of(error)}" if error else "no text"


def _label(text: Any) -> str:
    return "(null)" if text is None else _canvas.shortened(text, 46)
