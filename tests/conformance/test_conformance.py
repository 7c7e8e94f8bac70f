"""Examples are accepted, answers and refusals are what the API files say, deviations are needed."""

from __future__ import annotations

import copy
import dataclasses

import httpx
import pytest

from conformance import deviations, judge, refusals, shapes
from conformance.api_files import SOURCES, Source
from conformance.made import MADE
from conformance.traffic import (
    Traffic,
    no,
    wrong_in_answers,
    wrong_in_examples,
    wrong_in_requests,
)

# One process: what goes over the wire is gathered once.
pytestmark = pytest.mark.xdist_group("conformance")
of_each_file = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)


@of_each_file
def test_the_judge_has_nothing_against_the_files_own_examples(
    traffic: Traffic, source: Source
) -> None:
    assert no(wrong_in_examples(traffic.api(source)))


@of_each_file
def test_every_example_is_accepted_and_answered_as_documented(
    traffic: Traffic, source: Source
) -> None:
    api, exchanges = traffic.api(source), traffic.examples(source)
    assert {one.operation.id for one in exchanges} == {
        one.id for one in api.operations if one.modelled
    }
    assert no(str(one) for one in exchanges if not one.response.is_success)
    assert no(wrong_in_requests(api, exchanges))
    assert no(wrong_in_answers(api, exchanges))


@of_each_file
def test_what_azure_s_examples_show_is_shown(traffic: Traffic, source: Source) -> None:
    """After a property more: take it out of NOT_SHOWN."""
    api = traffic.api(source)
    ours = {one.id for one in api.operations}
    known = {name: names for name, names in shapes.NOT_SHOWN.items() if name in ours}
    assert shapes.not_shown(api, traffic.examples(source)) == known


@of_each_file
def test_what_is_wrong_is_refused_in_documented_words(traffic: Traffic, source: Source) -> None:
    api, refused = traffic.api(source), traffic.refusals(source)
    accepted: dict[str, set[str]] = {}
    for spoilt, one in refused:
        if one.response.is_success:
            accepted.setdefault(one.operation.id, set()).add(spoilt.how)
    ours = {one.id for one in api.operations}
    assert accepted == {name: how for name, how in refusals.ACCEPTED.items() if name in ours}
    assert no(wrong_in_answers(api, tuple(one for _, one in refused)))


@pytest.mark.parametrize("deviation", deviations.DEVIATIONS, ids=lambda one: one.name)
def test_each_deviation_is_still_needed(traffic: Traffic, deviation: deviations.Deviation) -> None:
    (source,) = (one for one in SOURCES if one.path == deviation.path)
    api = traffic.api(source, without=deviation.name)
    exchanges = (*traffic.examples(source), *(one for _, one in traffic.refusals(source)))
    requests = (*traffic.examples(source), *traffic.sent(source))
    complaints = (
        *wrong_in_examples(api),
        *wrong_in_answers(api, exchanges),
        *wrong_in_requests(api, requests),
    )
    assert complaints != ()


def test_nothing_is_made_up_for_an_operation_that_is_not_there(traffic: Traffic) -> None:
    known = {one.id for each in SOURCES for one in traffic.api(each).operations}
    assert set(MADE) <= known


def test_the_judge_can_refuse_an_answer(traffic: Traffic) -> None:
    """Each mutation of a good answer is one more complaint, and names its place."""
    source = SOURCES[0]
    api = traffic.api(source)
    operation = api.named("Sentiment")
    body = next(one for one in traffic.examples(source) if one.operation == operation)
    good = body.response.json()
    schema = operation.description["responses"]["200"]["schema"]
    assert judge.of_body(api, schema, good) == []
    for path, value, told in [
        (("documents", 0, "sentences", 0, "offset"), "0", "$.documents[0].sentences[0].offset"),
        (("documents", 0, "sentences", 0, "offset"), 0.0, "is not of type 'integer'"),
        (("documents", 0, "sentiment"), "happy", "$.documents[0].sentiment"),
        (("documents", 0, "more"), 1, "('more' was unexpected)"),
        (("modelVersion",), None, "$.modelVersion"),
    ]:
        spoilt = copy.deepcopy(good)
        place = spoilt
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        (complaint,) = judge.of_body(api, schema, spoilt)
        assert told in complaint
    del good["documents"][0]["id"]
    (complaint,) = judge.of_body(api, schema, good)
    assert "'id' is a required property" in complaint


@pytest.mark.parametrize(
    ("value", "is_good"),
    [
        ("2020-01-01T00:00:00Z", True),
        ("2020-01-01T00:00:00.1234567+01:00", True),
        ("2020-01-01T00:00:00", False),
        ("2020-01-01", False),
        ("now", False),
    ],
)
def test_the_judge_knows_a_time(value: str, is_good: bool) -> None:
    assert judge.FORMATS.conforms(value, "date-time") is is_good


@pytest.mark.parametrize(
    ("header", "told"),
    [(None, "missing"), ("", "empty"), ("many", "'many' is not of type 'integer'")],
)
def test_the_judge_reads_headers(traffic: Traffic, header: str | None, told: str) -> None:
    source = next(one for one in SOURCES if one.path.endswith("analyzetext.json"))
    api = traffic.api(source)
    operation = copy.deepcopy(api.named("AnalyzeTextSubmitJob"))
    operation.description["responses"]["202"]["headers"]["x-many"] = {"type": "integer"}
    headers = {"Operation-Location": "https://x.example/1"}
    headers |= {} if header is None else {"x-many": header}
    (complaint,) = judge.of_answer(api, operation, httpx.Response(202, headers=headers))
    assert "x-many" in complaint
    assert told in complaint


def test_an_answer_of_nothing_is_not_what_an_example_shows(traffic: Traffic) -> None:
    """Where a file requires nothing, the judge alone would let it pass."""
    source = next(one for one in SOURCES if one.path.endswith("ComputerVision.json"))
    api = traffic.api(source)
    operation = api.named("TagImage")
    empty = httpx.Response(200, json={})
    assert judge.of_answer(api, operation, empty) == []
    example = next(one for one in traffic.examples(source) if one.operation == operation)
    spoilt = dataclasses.replace(example, response=empty)
    assert shapes.not_shown(api, [spoilt])["TagImage"] >= {"tags", "requestId"}


def test_the_judge_reads_kinds(traffic: Traffic) -> None:
    """The results of one kind do not pass as those of another."""
    source = SOURCES[1]
    api = traffic.api(source)
    answers = {
        one.name: one.response.json()
        for one in traffic.examples(source)
        if one.operation.id == "AnalyzeText"
    }
    schema = api.named("AnalyzeText").description["responses"]["200"]["schema"]
    found = answers["made KeyPhraseExtraction"]
    assert judge.of_body(api, schema, found) == []
    assert judge.of_body(api, schema, {**found, "kind": "EntityRecognitionResults"})
    for kind in ("NoSuchResults", {}, [], 1):
        assert judge.of_body(api, schema, {**found, "kind": kind})
