"""One case an operation: how its stage is set up, what it reads, what a good answer must hold.

The contract tests run every case; a registered service without one fails them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from cogml import Service


@dataclasses.dataclass(frozen=True)
class Case:
    """`rows(n)` makes n distinct inputs; `holds(output)` is true of a complete answer."""

    stage: str
    holds: Callable[[Any], bool]
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)

    def make(self, **settings: Any) -> Service:
        """A stage that reads `text` and retries without waiting."""
        return Service.registry[self.stage](
            **{
                "textCol": "text",
                "subscriptionKey": "a-key",
                "outputCol": "out",
                "errorCol": "err",
                "backoffs": [1, 1],
                **self.settings,
                **settings,
            }
        )

    @staticmethod
    def rows(n: int) -> list[str]:
        return [f"Row {i}: Anna was happy in Paris, write to anna{i}@example.com" for i in range(n)]


def _first(field: str) -> Callable[[Any], bool]:
    return lambda output: len(output) == 1 and output[0][field] is not None


def _documents(field: str) -> Callable[[Any], bool]:
    return lambda output: output["documents"][field] is not None


CASES = [
    Case("TextSentiment", _first("sentiment")),
    Case("KeyPhraseExtractor", _first("keyPhrases")),
    Case("NER", _first("entities")),
    Case("PII", _first("redactedText")),
    Case("LanguageDetector", _first("detectedLanguage")),
    Case("EntityDetector", _first("entities")),
    Case("AnalyzeText", _documents("sentiment"), {"kind": "SentimentAnalysis"}),
    Case("AnalyzeText", _documents("keyPhrases"), {"kind": "KeyPhraseExtraction"}),
    Case("AnalyzeText", _documents("entities"), {"kind": "EntityRecognition"}),
    Case("AnalyzeText", _documents("redactedText"), {"kind": "PiiEntityRecognition"}),
    Case("AnalyzeText", _documents("detectedLanguage"), {"kind": "LanguageDetection"}),
    Case("AnalyzeText", _documents("entities"), {"kind": "EntityLinking"}),
]
