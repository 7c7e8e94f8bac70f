"""Answers meet their documents by id; what is wrong with one spoils that one alone."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogml.errors import ServiceError
from cogml.schema import struct
from cogml.services._documents import first_error, place, read

KIND = struct(id=str, sentiment=str, score=float, tags=[str])


def document(position, **more):
    return {"id": str(position), "sentiment": f"s{position}", "score": 0.5, **more}


def refused(position, **error):
    error = {"code": "InvalidArgument", "message": "Invalid document in request."} | error
    return {"id": str(position), "error": error}


def reading(body, count):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read(httpx.Response(200, content=content), KIND, count)


def shown(results):
    return [r.code if isinstance(r, ServiceError) else r.sentiment for r in results]


@given(st.permutations(range(6)), st.permutations(range(6)), st.integers(0, 6))
def test_documents_are_found_by_id_in_any_order(documents, errors, split):
    good, bad = documents[:split], [n for n in errors if n not in documents[:split]]
    body = {"documents": [*map(document, good)], "errors": [*map(refused, bad)]}
    expected = [f"s{n}" if n in good else "row_rejected" for n in range(6)]
    assert shown(reading(body, 6)) == expected


def test_a_missing_document_is_bad_response():
    results = reading({"documents": [document(1)], "errors": []}, 2)
    assert shown(results) == ["bad_response", "s1"]
    assert "nothing for this document" in results[0].message


def test_a_document_answered_twice_is_bad_response():
    """Neither of the two can be trusted."""
    documents = [document(0), document(1), document(0, sentiment="other"), document(0)]
    results = reading({"documents": documents}, 2)
    assert shown(results) == ["bad_response", "s1"]
    assert "twice" in results[0].message


@pytest.mark.parametrize("foreign", ["2", "-1", "00", "x", "", None, "0 "])
def test_a_foreign_id_is_nobodys(foreign):
    documents = [document(0), document(1) | {"id": foreign}]
    assert shown(reading({"documents": documents}, 2)) == ["s0", "bad_response"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"sentiment": 5},
        {"score": "high"},
        {"score": True},
        {"tags": "a"},
        {"tags": [1]},
        {"id": 1},
    ],
)
def test_a_wrong_type_spoils_its_document_only(wrong):
    documents = [document(0), document(1, **wrong), document(2)]
    results = reading({"documents": documents, "errors": [refused(3)]}, 4)
    assert shown(results) == ["s0", "bad_response", "s2", "row_rejected"]


def test_a_wrong_type_says_where_it_is():
    results = reading({"documents": [document(0, score="high")]}, 1)
    assert "score" in results[0].message
    assert results[0].response


@pytest.mark.parametrize("entry", [5, "text", [], [1]])
def test_an_entry_that_is_no_document_costs_no_other(entry):
    assert shown(reading({"documents": [entry, document(1)]}, 2)) == ["bad_response", "s1"]
    results = reading({"documents": [document(1)], "errors": [entry]}, 2)
    assert shown(results) == ["bad_response", "s1"]


@pytest.mark.parametrize("main", [{"sentiment": None}, {}])
def test_an_empty_document_is_bad_response(main):
    """An answer without what the operation is there for is not complete."""
    results = reading({"documents": [{"id": "0", "score": 0.5} | main]}, 1)
    assert shown(results) == ["bad_response"]
    assert "no sentiment" in results[0].message


def test_null_documents_are_no_answer():
    assert shown(reading({"documents": [None, document(1)]}, 2)) == ["bad_response", "s1"]


def test_what_is_unknown_is_ignored():
    body = {"documents": [document(0, news={"a": [1]})], "statistics": {}, "kind": "x"}
    assert shown(reading(body, 1)) == ["s0"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"<html></html>",
        b"\xff\xfe",
        b'{"documents": [{"id": "0"',
        b"[]",
        b"null",
        b"42",
        b'"documents"',
        b"{}",
        b'{"documents": null}',
        b'{"documents": null, "errors": null}',
        b'{"documents": null, "errors": []}',
        b'{"documents": {}}',
        b'{"documents": "none"}',
        b'{"documents": [], "errors": 5}',
        b'{"errors": {}}',
        b'{"documents": []}',
        b'{"documents": [], "errors": []}',
        b'{"documents": [{"id": "0", "sentiment": "\xff"}]}',
        b'{"documents": [{"id": "0", "sentiment": 5}, {"id": "1", "sentiment": "\xff"}]}',
        b'{"error": {"code": "A"}}',
    ],
)
def test_an_answer_of_another_form_is_bad_response_for_all(body):
    results = reading(body, 2)
    assert shown(results) == ["bad_response"] * 2
    assert all(result.message and result.status == 200 for result in results)


def test_a_refusal_says_what_the_service_says():
    inner = {"code": "InvalidDocument", "message": "Document text is empty."}
    [result] = reading({"documents": [], "errors": [refused(0, innererror=inner)]}, 1)
    assert (result.code, result.status) == ("row_rejected", 200)
    assert result.message == "InvalidDocument: Document text is empty."
    assert json.loads(result.response)["innererror"] == inner


@pytest.mark.parametrize("error", [None, "text", 5, {}, {"code": None}])
def test_a_refusal_without_a_reason_is_still_one(error):
    [result] = reading({"documents": [], "errors": [{"id": "0", "error": error}]}, 1)
    assert result.code == "row_rejected"
    assert result.message


def test_a_refusal_without_documents_is_a_refusal():
    assert shown(reading({"errors": [refused(0)]}, 1)) == ["row_rejected"]


def test_a_document_both_answered_and_refused_is_refused():
    """An error is null only if the output is complete."""
    body = {"documents": [document(0)], "errors": [refused(0)]}
    assert shown(reading(body, 1)) == ["row_rejected"]


def test_a_long_refusal_is_cut():
    [result] = reading({"errors": [refused(0, message="x" * 5_000)]}, 1)
    assert len(result.response) == 2_000


def test_the_first_error_of_many_texts_says_which():
    one, two = ServiceError("row_rejected", "empty"), ServiceError("timeout", "late")
    assert first_error(["a", None]) is None
    assert first_error([]) is None
    assert first_error([one]) is one
    assert first_error(["a", one, two]).message == "text 1: empty"
    assert first_error(["a", one, two]).code == "row_rejected"


def test_place_gives_the_position_in_the_row():
    [result] = reading({"documents": [document(0)]}, 1)
    place(result, 7)
    assert result.id == "7"
    place(None, 7)
