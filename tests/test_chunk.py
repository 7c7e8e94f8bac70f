"""A chunk packs documents into requests by count and by bytes, and knows whose they are."""

import json

from hypothesis import given
from hypothesis import strategies as st

from cogml.chunk import Chunk


def encode(document, position):
    return json.dumps({"id": position, **document}).encode()


def of_size(document, position):
    return b"x" * document["size"]


def ids(request):
    return [json.loads(document)["id"] for document in request]


def test_rows_of_one_document_fill_a_request_and_no_more():
    chunk = Chunk(3, 10_000)
    taken = [chunk.add(row, [{"t": row}], encode) for row in range(4)]
    assert taken == [True, True, True, False]
    assert chunk.full
    assert chunk.rows == [0, 1, 2]
    assert [ids(request) for request in chunk.requests] == [[0, 1, 2]]


def test_a_refused_row_leaves_no_trace():
    chunk = Chunk(1, 10_000)
    chunk.add(0, [{"t": 0}], encode)
    before = (list(chunk.rows), list(chunk.spans), [list(r) for r in chunk.requests])
    assert not chunk.add(1, [{"t": 1}], encode)
    assert (chunk.rows, chunk.spans, chunk.requests) == before


def test_bytes_count_with_their_separators():
    """Three documents of 10 bytes need two commas: 32 bytes, not 30."""
    chunk = Chunk(100, 32)
    assert [chunk.add(row, [{"size": 10}], of_size) for row in range(4)] == [True] * 3 + [False]
    tight = Chunk(100, 31)
    assert [tight.add(row, [{"size": 10}], of_size) for row in range(3)] == [True, True, False]


def test_a_document_larger_than_a_request_travels_alone():
    chunk = Chunk(10, 20)
    assert chunk.add(0, [{"size": 50}], of_size)
    assert not chunk.add(1, [{"size": 1}], of_size)
    assert [len(request) for request in chunk.requests] == [1]


def test_a_row_of_many_documents_takes_as_many_requests_as_it_needs():
    chunk = Chunk(2, 10_000)
    assert chunk.add(7, [{"t": n} for n in range(5)], encode)
    assert [ids(request) for request in chunk.requests] == [[0, 1], [0, 1], [0]]
    assert chunk.rows == [7]


def test_a_null_document_is_not_sent_and_keeps_its_place():
    chunk = Chunk(2, 10_000)
    chunk.add(0, [None, {"t": 1}, None, {"t": 3}], encode)
    assert [list(span) for span in chunk.spans] == [[False, True, False, True]]
    assert [ids(request) for request in chunk.requests] == [[0, 1]]


def test_a_row_of_nothing_is_a_row():
    chunk = Chunk(2, 10_000)
    assert chunk.add(0, [], encode)
    assert chunk.add(1, [None], encode)
    assert (chunk.rows, [list(span) for span in chunk.spans]) == ([0, 1], [[], [False]])
    assert chunk.requests == [[]]


@given(
    st.integers(1, 4),
    st.integers(1, 60),
    st.lists(st.lists(st.none() | st.integers(0, 40), max_size=6), max_size=6),
)
def test_every_document_is_sent_once_within_the_limits(most, room, rows):
    """Whatever rows are packed: order kept, ids start at 0 in each request, limits held."""
    chunks, chunk = [], Chunk(most, room)

    def numbered(document, position):
        return f"{position}:{document['n']}".encode().ljust(document["size"] + 6, b".")

    sent, number = [], 0
    for row, sizes in enumerate(rows):
        documents = []
        for size in sizes:
            documents.append(None if size is None else {"n": number, "size": size})
            sent += [] if size is None else [number]
            number += 1
        if not chunk.add(row, documents, numbered):
            chunks.append(chunk)
            chunk = Chunk(most, room)
            assert chunk.add(row, documents, numbered)
    chunks.append(chunk)
    found = []
    for chunk in chunks:
        assert len(chunk.rows) == len(chunk.spans)
        count = sum(map(len, chunk.requests))
        assert sum(sum(span) for span in chunk.spans) == count
        for request in chunk.requests:
            pairs = [document.rstrip(b".").split(b":") for document in request]
            assert [int(position) for position, _ in pairs] == [*range(len(request))]
            assert len(request) <= most
            assert len(request) <= 1 or len(b",".join(request)) <= room
            found += [int(n) for _, n in pairs]
    assert found == sent
    assert [row for chunk in chunks for row in chunk.rows] == [*range(len(rows))]
