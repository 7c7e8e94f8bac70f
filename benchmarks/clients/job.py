"""What the hand-written clients share: bodies, a typed decode, columns laid out as answers come.

A thousand rows are turned into Arrow arrays as soon as the last of their answers is there, while
others are on their way; what was decoded is let go of then. The structs are outside the garbage
collector's reach: it would walk them again and again. Written for this one answer, as one would who
needs nothing else.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator

import msgspec
import pandas as pd
import pyarrow as pa

PATH = "/text/analytics/v3.1/sentiment"
HEADERS = {"Ocp-Apim-Subscription-Key": "any", "Content-Type": "application/json"}
BATCH = 10  # documents a request: what the operation takes
TIMEOUT = 60.0  # seconds
ATTEMPTS = 5
AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_REQUESTS = 100  # whose rows become arrays together
_IDS = [str(position) for position in range(BATCH)]
_POSITIONS = {name: position for position, name in enumerate(_IDS)}

SCORES = pa.struct(
    [("positive", pa.float64()), ("neutral", pa.float64()), ("negative", pa.float64())]
)
SENTENCE = pa.struct(
    [
        ("text", pa.string()),
        ("sentiment", pa.string()),
        ("confidenceScores", SCORES),
        ("offset", pa.int32()),
        ("length", pa.int32()),
    ]
)
WARNING = pa.struct([("code", pa.string()), ("message", pa.string()), ("targetRef", pa.string())])
OUT = pa.struct(
    [
        ("id", pa.string()),
        ("sentiment", pa.string()),
        ("confidenceScores", SCORES),
        ("sentences", pa.list_(SENTENCE)),
        ("warnings", pa.list_(WARNING)),
    ]
)
"""A document's answer; opinions, which were not asked for, are left out."""

ERROR = pa.struct([("status", pa.int32()), ("code", pa.string()), ("message", pa.string())])


class Scores(msgspec.Struct, gc=False):
    positive: float
    neutral: float
    negative: float


class Sentence(msgspec.Struct, gc=False):
    text: str
    sentiment: str
    confidenceScores: Scores
    offset: int
    length: int


class Warned(msgspec.Struct, gc=False):
    code: str
    message: str
    targetRef: str | None = None


class Document(msgspec.Struct, gc=False):
    id: str
    sentiment: str
    confidenceScores: Scores
    sentences: list[Sentence]
    warnings: list[Warned] = []


class Reason(msgspec.Struct, gc=False):
    code: str = ""
    message: str = ""


class Refusal(msgspec.Struct, gc=False):
    id: str
    error: Reason


class Answer(msgspec.Struct, gc=False):
    documents: list[Document]
    errors: list[Refusal] = []


_decode = msgspec.json.Decoder(Answer).decode
_encode = msgspec.json.Encoder().encode


def texts_of(frame: pd.DataFrame) -> list[str]:
    """The texts, as Python's own."""
    return frame["text"].tolist()


def body(texts: list[str]) -> bytes:
    """The body of a request for so many texts."""
    documents = [{"id": name, "text": text} for name, text in zip(_IDS, texts, strict=False)]
    return _encode({"documents": documents})


def requests(frame: pd.DataFrame) -> Iterator[tuple[int, bytes]]:
    """The number and the body of each request of a frame, made when it is its turn."""
    texts = texts_of(frame)
    for number, start in enumerate(range(0, len(texts), BATCH)):
        yield number, body(texts[start : start + BATCH])


def pause(attempt: int, retry_after: str | None) -> float:
    """How many seconds to wait after so many attempts: what the service says, else 0.05, 0.1, 0.2,
    ..., less a share of chance."""
    if retry_after is not None and retry_after.isdigit():
        return float(retry_after)
    return 0.05 * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)


@dataclasses.dataclass
class _Chunk:
    """Rows that become arrays together: their documents, or why there is none."""

    documents: list[Document | None]
    errors: dict[int, tuple[int | None, str, str]]
    missing: int


class Columns:
    """The columns of a frame's answers, laid out as they come, in the order of the rows."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        size = _REQUESTS * BATCH
        self._chunks: list[_Chunk | None] = []
        for start in range(0, rows, size):
            here = min(size, rows - start)
            self._chunks.append(_Chunk([None] * here, {}, -(-here // BATCH)))
        self._made: list[tuple[pa.Array, pa.Array]] = [()] * len(self._chunks)  # type: ignore[list-item]

    def answered(self, number: int, content: bytes) -> None:
        """Take the answer to a request."""
        try:
            answer = _decode(content)
        except msgspec.DecodeError as error:
            self.failed(number, 200, "bad_response", str(error))
        else:
            self.take(number, answer.documents, answer.errors)

    def take(self, number: int, found: list[Document], refused: list[Refusal]) -> None:
        """Take what an answer says of a request's documents."""
        chunk, first = self._place(number)
        documents = chunk.documents
        for document in found:
            position = _POSITIONS.get(document.id)
            if position is not None and first + position < len(documents):
                documents[first + position] = document
        for refusal in refused:
            position = _POSITIONS.get(refusal.id)
            if position is not None:
                reason = refusal.error
                chunk.errors[first + position] = (200, reason.code, reason.message)
        self._done(number, chunk)

    def failed(self, number: int, status: int | None, code: str, message: str) -> None:
        """Take note that a request has no answer."""
        chunk, first = self._place(number)
        for row in range(first, min(first + BATCH, len(chunk.documents))):
            chunk.errors[row] = (status, code, message)
        self._done(number, chunk)

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with both columns beside its own."""
        return with_columns(frame, *self.columns())

    def columns(self) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        """Answers and errors of all rows."""
        return (
            pa.chunked_array([made[0] for made in self._made], OUT),
            pa.chunked_array([made[1] for made in self._made], ERROR),
        )

    def _place(self, number: int) -> tuple[_Chunk, int]:
        chunk = self._chunks[number // _REQUESTS]
        assert chunk is not None, "a request was answered twice"
        return chunk, number % _REQUESTS * BATCH

    def _done(self, number: int, chunk: _Chunk) -> None:
        chunk.missing -= 1
        if not chunk.missing:
            at = number // _REQUESTS
            self._made[at] = _arrays(chunk)
            self._chunks[at] = None


def transformed(
    frame: pd.DataFrame, send: Callable[[Iterator[tuple[int, bytes]], Columns], None]
) -> pd.DataFrame:
    """A frame whose requests were sent.

    The frame is put together here, and not by the coroutine that sends: asyncio's runner writes out
    what a coroutine gave (`signal` does, for the text of an error that nobody sees), and a frame
    takes long to write.
    """
    columns = Columns(len(frame))
    send(requests(frame), columns)
    return columns.frame(frame)


def with_columns(frame: pd.DataFrame, out: pa.ChunkedArray, error: pa.ChunkedArray) -> pd.DataFrame:
    """The frame with answers and errors beside its own columns."""
    return frame.assign(
        out=pd.Series(pd.arrays.ArrowExtensionArray(out), index=frame.index),
        error=pd.Series(pd.arrays.ArrowExtensionArray(error), index=frame.index),
    )


def _arrays(chunk: _Chunk) -> tuple[pa.Array, pa.Array]:
    if None in chunk.documents:
        for row, document in enumerate(chunk.documents):
            if document is None:
                chunk.errors.setdefault(row, (200, "bad_response", "no answer for this document"))
    size = len(chunk.documents)
    if not chunk.errors:
        return _documents(chunk.documents), pa.nulls(size, ERROR)  # type: ignore[arg-type]
    # Refused rows are rare: documents without gaps, and then the gaps by a take.
    found = [document for document in chunk.documents if document is not None]
    numbers = iter(range(len(found)))
    places = [None if document is None else next(numbers) for document in chunk.documents]
    out = _documents(found).take(pa.array(places, pa.int32()))
    cells = [chunk.errors.get(row) for row in range(size)]
    named = [
        None if cell is None else dict(zip(("status", "code", "message"), cell, strict=True))
        for cell in cells
    ]
    return out, pa.array(named, ERROR)


def _documents(documents: list[Document]) -> pa.StructArray:
    sentences: list[Sentence] = []
    ends = [0]
    warned: list[Warned] = []
    warned_ends = [0]
    for document in documents:
        sentences += document.sentences
        ends.append(len(sentences))
        warned += document.warnings
        warned_ends.append(len(warned))
    inside = pa.StructArray.from_arrays(
        [
            pa.array([s.text for s in sentences], pa.string()),
            pa.array([s.sentiment for s in sentences], pa.string()),
            _scores([s.confidenceScores for s in sentences]),
            pa.array([s.offset for s in sentences], pa.int32()),
            pa.array([s.length for s in sentences], pa.int32()),
        ],
        fields=list(SENTENCE),
    )
    warnings = pa.StructArray.from_arrays(
        [
            pa.array([w.code for w in warned], pa.string()),
            pa.array([w.message for w in warned], pa.string()),
            pa.array([w.targetRef for w in warned], pa.string()),
        ],
        fields=list(WARNING),
    )
    return pa.StructArray.from_arrays(
        [
            pa.array([d.id for d in documents], pa.string()),
            pa.array([d.sentiment for d in documents], pa.string()),
            _scores([d.confidenceScores for d in documents]),
            pa.ListArray.from_arrays(pa.array(ends, pa.int32()), inside),
            pa.ListArray.from_arrays(pa.array(warned_ends, pa.int32()), warnings),
        ],
        fields=list(OUT),
    )


def _scores(found: list[Scores]) -> pa.StructArray:
    return pa.StructArray.from_arrays(
        [
            pa.array([s.positive for s in found], pa.float64()),
            pa.array([s.neutral for s in found], pa.float64()),
            pa.array([s.negative for s in found], pa.float64()),
        ],
        fields=list(SCORES),
    )
