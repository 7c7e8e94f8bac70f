"""What clients over Azure's own SDK share: its results as the documents of the bar's columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from clients import job

VERSION = "v3.1"


def batches(frame: pd.DataFrame) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """The number and the documents of each request."""
    texts = job.texts_of(frame)
    for number, start in enumerate(range(0, len(texts), job.BATCH)):
        batch = texts[start : start + job.BATCH]
        yield number, [{"id": str(i), "text": text} for i, text in enumerate(batch)]


def take(columns: job.Columns, number: int, results: Iterable[Any]) -> None:
    """Put what the SDK gives for a request's documents into the columns."""
    found, refused = [], []
    for result in results:
        if result.is_error:
            reason = job.Reason(str(result.error.code), str(result.error.message))
            refused.append(job.Refusal(result.id, reason))
        else:
            found.append(_document(result))
    columns.take(number, found, refused)


def _document(result: Any) -> job.Document:
    return job.Document(
        result.id,
        result.sentiment,
        _scores(result.confidence_scores),
        [
            job.Sentence(s.text, s.sentiment, _scores(s.confidence_scores), s.offset, s.length)
            for s in result.sentences
        ],
        _warnings(result.warnings),
    )


def _scores(found: Any) -> job.Scores:
    return job.Scores(found.positive, found.neutral, found.negative)


def _warnings(found: Sequence[Any]) -> list[job.Warned]:
    return [job.Warned(warning.code, warning.message) for warning in found]
