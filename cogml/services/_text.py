"""What the text services share: one or many texts a row, as many documents a request as it takes.

An answer's `id` is the position of its text in the row, whatever request it travelled in; a text
that the service refuses is a null entry and the row's error, and costs no other text.

Limits, and what is billed: text records of 1,000 characters, begun ones whole, of each document
that was answered: https://learn.microsoft.com/azure/ai-services/language-service/concepts/data-limits
(read 2026-11). The service counts text elements; where one is of several code points, what is
counted here may be more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import httpx
import msgspec
import pyarrow as pa

from cogml.chunk import Document
from cogml.errors import ParamError, ServiceError
from cogml.exchange import Outcome
from cogml.limits import Limits
from cogml.param import Column, Param, ServiceParam
from cogml.schema import is_list, struct
from cogml.services import _documents
from cogml.services._azure import AzureService

Warnings = [struct(code=str, message=str, targetRef=str)]
DocumentStatistics = struct(charactersCount=int, transactionsCount=int)
Scores = struct(positive=float, neutral=float, negative=float)
OpinionScores = struct(positive=float, negative=float)
Opinion = {"confidenceScores": OpinionScores, "length": int, "offset": int, "text": str}
Relations = [struct(ref=str, relationType=str)]
Target = struct(**Opinion, sentiment=str, relations=Relations)
Assessment = struct(**Opinion, sentiment=str, isNegated=bool)
Sentence = struct(
    text=str,
    sentiment=str,
    confidenceScores=Scores,
    targets=[Target],
    assessments=[Assessment],
    offset=int,
    length=int,
)
Entity = struct(
    text=str, category=str, subcategory=str, offset=int, length=int, confidenceScore=float
)
Match = struct(confidenceScore=float, text=str, offset=int, length=int)
LinkedEntity = {"name": str, "matches": [Match], "language": str, "id": str, "url": str}
Language = struct(name=str, iso6391Name=str, confidenceScore=float)

FEW = Limits(documents=5, characters=5_120)
TEN = Limits(documents=10, characters=5_120)
MANY = Limits(documents=1_000, characters=5_120)


def document(**answer: Any) -> pa.StructType:
    """The type of one document's answer: id, what was found, warnings, statistics."""
    return struct(id=str, **answer, warnings=Warnings, statistics=DocumentStatistics)


SENTIMENT = document(sentiment=str, confidenceScores=Scores, sentences=[Sentence])
KEY_PHRASES = document(keyPhrases=[str])
ENTITIES = document(entities=[Entity])
PII_ENTITIES = document(entities=[Entity], redactedText=str)
LANGUAGE = document(detectedLanguage=Language)
LINKED_BING = document(entities=[struct(**LinkedEntity, dataSource=str, bingId=str)])


_RECORD = 1_000  # characters
_encode = msgspec.json.Encoder().encode


class _Hinted(msgspec.Struct, gc=False, omit_defaults=True):
    id: str
    text: str
    language: str | None = None


class _OfCountry(msgspec.Struct, gc=False, omit_defaults=True):
    id: str
    text: str
    countryHint: str | None = None


_WRITTEN = {"language": _Hinted, "countryHint": _OfCountry}
"""A document as it is sent, by the name of its hint."""


def _records(document: bytes) -> int:
    return max(1, math.ceil(len(msgspec.json.decode(document)["text"]) / _RECORD))


class TextService(AzureService):
    """Documents of a text and a language hint, answered by id."""

    internal_service = "textanalytics"
    unit = "text records"
    answer: ClassVar[pa.StructType]
    hint: ClassVar[str] = "language"

    text = ServiceParam(
        str | list[str],
        "text, or texts, of the row",
        send="document",
        required=True,
        default=Column("text"),
    )
    batchSize = Param(
        int, "most texts a request (default: what the operation takes)", at_least=1, manner=True
    )

    def hint_name(self) -> str:
        """What a document says beside its text."""
        return self.hint

    def answer_type(self) -> pa.StructType:
        """The type of one document's answer."""
        return self.answer

    def check(self, columns: Mapping[str, pa.DataType]) -> None:
        """Languages may be an array only beside an array of texts."""
        if self.is_batch(columns):
            return
        kind = columns.get(self.hint_name())
        one = self.getOrDefault(self.hint_name())
        if isinstance(one, list) or (kind is not None and is_list(kind)):
            raise ParamError(
                f"{type(self).__name__}: {self.hint_name()} is an array but text is not; give one "
                f"{self.hint_name()} a row, or an array of texts"
            )

    def is_batch(self, columns: Mapping[str, pa.DataType]) -> bool:
        """An array of texts is a batch that the user made."""
        if "text" in columns:
            return is_list(columns["text"])
        return isinstance(self.getOrDefault("text"), list)

    def documents_per_request(self) -> int:
        """What the operation takes, or fewer where `batchSize` says so."""
        allowed = self.operation_limits().documents
        return min(self.getOrDefault("batchSize") or allowed, allowed)

    def output_type(self, columns: Mapping[str, pa.DataType]) -> pa.DataType:
        """An array with an entry for each text."""
        return pa.list_(self.answer)

    def documents(self, document: dict[str, Any]) -> Sequence[Document]:
        """One document a text; none for a null text."""
        name = self.hint_name()
        text, hint = document["text"], document.get(name)
        if isinstance(text, str):
            return [{"text": text, name: hint}]
        hints = hint if isinstance(hint, list) else [hint] * len(text)
        hints = hints + [None] * (len(text) - len(hints))
        return [
            None if one is None else {"text": one, name: h}
            for one, h in zip(text, hints, strict=False)
        ]

    def encode(self, document: dict[str, Any], position: int) -> bytes:
        """A document, with its position as its id; a hint that is null is left out."""
        return _encode(_WRITTEN[self.hint_name()](str(position), **document))

    def encode_all(self, documents: Mapping[str, list[Any]]) -> list[bytes] | None:
        """A document for each text, with its hint where there is one."""
        name = self.hint_name()
        texts = documents["text"]
        columns = [texts, documents[name]] if name in documents else [texts]
        return [*map(_encode, map(_WRITTEN[name], _documents.NAMES, *columns))]

    def body(self, settings: Mapping[str, Any], documents: list[bytes]) -> bytes:
        """`{"documents": [...]}`."""
        return b'{"documents":[' + b",".join(documents) + b"]}"

    def units(self, documents: Sequence[bytes], results: Sequence[Any]) -> float:
        """The text records of the documents that were answered."""
        if max(map(len, documents)) <= _RECORD:
            return super().units(documents, results)
        return sum(
            _records(document)
            for document, result in zip(documents, results, strict=True)
            if not isinstance(result, ServiceError)
        )

    def read_answer(
        self, answer: httpx.Response, settings: Mapping[str, Any], count: int
    ) -> list[Any]:
        """The documents' answers, by id."""
        return _documents.read(answer, self.answer_type(), count)

    def outcome(self, results: list[Any], settings: Mapping[str, Any], batch: bool) -> Outcome:
        """The entries of a row, null where a text was refused; the first refusal is the error.

        The relations of opinions point into the row's own array.
        """
        if settings.get("opinionMining"):
            _documents.place_relations(results)
        if len(results) == 1 and not isinstance(results[0], ServiceError | None):
            results[0].id = "0"
            return Outcome(results)
        entries = [None if isinstance(r, ServiceError) else r for r in results]
        for position, entry in enumerate(entries):
            _documents.place(entry, position)
        error = _documents.first_error(results)
        # A struct is always true: none is left when every text was refused.
        return Outcome(None if error and not any(entries) else entries, error)
