"""A chunk is the rows that one exchange answers, with their documents packed into its requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Document = dict[str, Any] | None
Encode = Callable[[dict[str, Any], int], bytes]

_ONE: Sequence[bool] = (True,)


class Chunk:
    """Rows of equal settings: `requests` hold encoded documents, `spans` say which each row has.

    A span has one entry a document, False for one that is null and not sent. A request takes at
    most `most` documents and `room` bytes, and is `full` when no further one fits by number. A row
    that is a batch of its own may need several requests; other rows fill one. The chunk is `single`
    while each of its rows has one document, and all are sent.
    """

    __slots__ = ("_left", "_most", "_room", "full", "requests", "rows", "single", "spans")

    def __init__(self, most: int, room: int) -> None:
        self.rows: list[int] = []
        self.spans: list[Sequence[bool]] = []
        self.requests: list[list[bytes]] = [[]]
        self._most = most
        self._room = room
        self._left = room
        self.full = False
        self.single = True

    def add(self, row: int, documents: Sequence[Document], encode: Encode) -> bool:
        """Take a row, unless its one document does not fit any more.

        A document that is larger than a whole request is sent all the same, alone: it is for the
        service to say what it does not take.
        """
        request = self.requests[-1]
        span = _ONE
        if len(documents) != 1 or documents[0] is None:
            span = [document is not None for document in documents]
            self.single = False
        for document in documents:
            if document is None:
                continue
            position = len(request)
            encoded = encode(document, position)
            size = len(encoded)
            if position and (self.full or size > self._left):
                if span is _ONE:
                    return False
                request = []
                self.requests.append(request)
                self._left = self._room
                position = 0
                encoded = encode(document, position)
                size = len(encoded)
            request.append(encoded)
            self.full = position + 1 >= self._most
            self._left -= size + 1
        self.rows.append(row)
        self.spans.append(span)
        return True
