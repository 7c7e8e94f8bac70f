"""A summary is the most important sentences of a document, as they stand in it."""

from typing import TYPE_CHECKING, Any

from cogml_mocks.text.documents import Document
from cogml_mocks.text.memory import remember
from cogml_mocks.text.options import Options

if TYPE_CHECKING:
    from cogml_mocks.engines.centrality import Ranked


def extractive(document: Document, options: Options, position: int) -> dict[str, Any]:
    """The best sentences of a document, in its order or by rank."""
    from cogml_mocks.engines import centrality

    index = options.index(document.text)
    chosen = centrality.best(_ranked(document.text, document.language), options.sentence_count)
    if options.sort_by == "Offset":
        chosen = sorted(chosen)
    sentences = []
    for start, end, score in chosen:
        offset, length = index.span(start, end)
        sentences.append(
            {
                "text": document.text[start:end],
                "rankScore": score,
                "offset": offset,
                "length": length,
            }
        )
    return {"sentences": sentences, "warnings": []}


@remember
def _ranked(text: str, language: str) -> "list[Ranked]":
    from cogml_mocks.engines import centrality

    return centrality.rank(text, language)
