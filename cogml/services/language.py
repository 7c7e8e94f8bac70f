"""Language: one stage, six kinds of analysis, in the struct that SynapseML 1.x gives.

A row's struct holds its document's answer in `documents` (singular content, plural name, as there),
its refusal in `errors` and in the error column, and `statistics` of this row alone: how many texts
and transactions it was, whatever request it travelled in. An array of texts gives an array.

Sources: the OpenAPI file Language 2023-04-01 of Azure/azure-rest-api-specs; ends of life:
https://learn.microsoft.com/azure/ai-services/language-service/ (read 2026-11).
"""

from __future__ import annotations

import contextlib
import datetime
import functools
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import httpx
import msgspec
import pyarrow as pa

from cogml import schema
from cogml.errors import ServiceError
from cogml.exchange import NOT_JSON, Outcome, bad_response
from cogml.limits import Lifecycle, Limits, Operation
from cogml.param import Param, ServiceParam
from cogml.schema import struct
from cogml.services import _documents
from cogml.services._text import (
    ENTITIES,
    FEW,
    KEY_PHRASES,
    LANGUAGE,
    LINKED_BING,
    MANY,
    PII_ENTITIES,
    SENTIMENT,
    TEN,
    TextService,
)

Statistics = struct(
    documentsCount=int,
    validDocumentsCount=int,
    erroneousDocumentsCount=int,
    transactionsCount=int,
)
InnerError = struct(code=str, message=str, target=str)
DocumentError = struct(
    id=str, error=struct(code=str, message=str, target=str, innererror=InnerError)
)

_RETIRES = Lifecycle(datetime.date(2029, 3, 31), "a language model")


class Kind(NamedTuple):
    """What differs between the kinds: limits, answer, and which parameters they take."""

    limits: Limits
    answer: pa.StructType
    takes: tuple[str, ...]
    lifecycle: Lifecycle = Lifecycle()


_ALL = ("modelVersion", "loggingOptOut")
KINDS = {
    "SentimentAnalysis": Kind(
        TEN, SENTIMENT, (*_ALL, "stringIndexType", "opinionMining"), _RETIRES
    ),
    "KeyPhraseExtraction": Kind(TEN, KEY_PHRASES, _ALL, _RETIRES),
    "EntityRecognition": Kind(FEW, ENTITIES, (*_ALL, "stringIndexType")),
    "PiiEntityRecognition": Kind(
        FEW, PII_ENTITIES, (*_ALL, "stringIndexType", "domain", "piiCategories")
    ),
    "LanguageDetection": Kind(MANY, LANGUAGE, _ALL),
    "EntityLinking": Kind(
        FEW, LINKED_BING, (*_ALL, "stringIndexType"), Lifecycle(datetime.date(2028, 9, 1))
    ),
}


def entry_type(kind: str) -> pa.StructType:
    """The type of one text's entry, for this kind."""
    return struct(
        statistics=Statistics,
        documents=KINDS[kind].answer,
        errors=DocumentError,
        modelVersion=str,
    )


@functools.cache
def _record(kind: str) -> Any:
    return schema.record(entry_type(kind))


class _Results(msgspec.Struct, gc=False):
    results: msgspec.Raw = msgspec.Raw(b"null")


class AnalyzeText(TextService):
    """Sentiment, key phrases, entities, personal information, language or linked entities.

    Input     kind; text, language (LanguageDetection: countryHint); up to 5,120 characters a text
    Output    struct: documents as the stage of Text Analytics for this kind gives them
    """

    path = "/language/:analyze-text"
    version = "2023-04-01"
    kinds: ClassVar[Mapping[str, Kind]] = KINDS

    kind = Param(str, "what to find", choices=KINDS, required=True)
    language = ServiceParam(str | list[str], "language of the text, such as en", send="document")
    countryHint = ServiceParam(
        str | list[str],
        "two-letter country the text comes from (LanguageDetection)",
        send="document",
    )
    apiVersion = ServiceParam(
        str, "version of the API", send="query", wire="api-version", default="2023-04-01"
    )
    showStats = ServiceParam(bool, "whether to return statistics", send="query", default=False)
    modelVersion = ServiceParam(str, "version of the model", send="body", default="latest")
    loggingOptOut = ServiceParam(
        bool, "whether the service is to keep no copy of the text", send="body", default=False
    )
    stringIndexType = ServiceParam(
        str,
        "what offset and length count; UnicodeCodePoint is what Python and Spark count",
        send="body",
        default="TextElements_v8",
        choices=("TextElements_v8", "UnicodeCodePoint", "Utf16CodeUnit"),
    )
    opinionMining = ServiceParam(
        bool, "whether to find opinions about targets", send="body", default=False
    )
    domain = ServiceParam(
        str,
        "phi: health information only",
        send="body",
        default="none",
        choices=("none", "phi"),
    )
    piiCategories = ServiceParam(list[str], "categories to look for", send="body")

    @classmethod
    def operations(cls) -> list[Operation]:
        """One for each kind."""
        return [
            Operation(
                f"{cls.__name__}({name})",
                cls.method,
                cls.path,
                cls.version,
                kind.limits,
                kind.lifecycle,
            )
            for name, kind in cls.kinds.items()
        ]

    def _kind(self) -> Kind:
        return self.kinds[self.getOrDefault("kind")]

    def hint_name(self) -> str:
        """The country of a text whose language is to be found, else its language."""
        return "countryHint" if self.getOrDefault("kind") == "LanguageDetection" else "language"

    def operation_limits(self) -> Limits:
        """Those of the kind."""
        return self._kind().limits

    def operation_lifecycle(self) -> Lifecycle:
        """That of the kind."""
        return self._kind().lifecycle

    def answer_type(self) -> pa.StructType:
        """That of the kind."""
        return self._kind().answer

    def output_type(self, columns: Mapping[str, pa.DataType]) -> pa.DataType:
        """A struct, or an array of them where a row is an array of texts."""
        entry = entry_type(self.getOrDefault("kind"))
        return pa.list_(entry) if self.is_batch(columns) else entry

    def body(self, settings: Mapping[str, Any], documents: list[bytes]) -> bytes:
        """Kind, documents, and the parameters that the kind takes."""
        taken = {n: settings[n] for n in self._kind().takes if settings.get(n) is not None}
        return (
            b'{"kind":'
            + msgspec.json.encode(self.getOrDefault("kind"))
            + b',"parameters":'
            + msgspec.json.encode(taken)
            + b',"analysisInput":'
            + super().body(settings, documents)
            + b"}"
        )

    def read_answer(
        self, answer: httpx.Response, settings: Mapping[str, Any], count: int
    ) -> list[Any]:
        """Each document's answer with the model version that gave it."""
        try:
            body = msgspec.json.decode(answer.content, type=_Results).results
        except NOT_JSON as error:
            return [bad_response(answer, str(error))] * count
        results, version = _documents.match(answer, bytes(body), self.answer_type(), count)
        return [r if isinstance(r, ServiceError) else (r, version) for r in results]

    def outcome(self, results: list[Any], settings: Mapping[str, Any], batch: bool) -> Outcome:
        """The row's struct; a refusal stands in it and is the row's error."""
        if settings["opinionMining"]:
            _documents.place_relations([r[0] if isinstance(r, tuple) else None for r in results])
        entries = [self._entry(r, i, settings["showStats"]) for i, r in enumerate(results)]
        error = _documents.first_error(results)
        if error and not any(entries):
            return Outcome(None, error)
        return Outcome(entries if batch else entries[0], error)

    def _entry(self, result: Any, position: int, statistics: bool) -> Any:
        make = _record(self.getOrDefault("kind"))
        if isinstance(result, tuple):
            document, version = result
            _documents.place(document, position)
            counted = self._statistics(document) if statistics else None
            return make(documents=document, modelVersion=version, statistics=counted)
        if isinstance(result, ServiceError) and result.code == "row_rejected":
            found = schema.record(DocumentError)(id=str(position))
            with contextlib.suppress(msgspec.DecodeError):
                kind = schema.mirror(DocumentError.field("error").type)
                found.error = msgspec.json.decode(result.response or "", type=kind)
            counted = self._statistics(None) if statistics else None
            return make(errors=found, statistics=counted)
        return None

    @staticmethod
    def _statistics(document: Any) -> Any:
        valid = document is not None
        own = document.statistics if valid else None
        return schema.record(Statistics)(
            documentsCount=1,
            validDocumentsCount=int(valid),
            erroneousDocumentsCount=int(not valid),
            transactionsCount=own.transactionsCount if own is not None else 0,
        )
