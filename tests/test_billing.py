"""What is billed, in the units of the price lists: what was answered, and only that."""

from __future__ import annotations

import pathlib
from typing import Any

import httpx
import pyarrow as pa
import pytest
from cases import CASES, Case, case_of, recording
from harness import Endpoint, Net

from cogml import Service, frames, planner
from cogml.cognitive import AnalyzeImage, BingImageSearch, ReadImage, SpeechToText, TextSentiment

TRANSACTIONS = {"transactions": 2.0}
EXPECTED = {"AnalyzeImage": {"transactions": 18.0}}  # nine features of two pictures


def billed(stage: Service, table: pa.Table) -> dict[str, float]:
    stage.transform(table)
    assert stage.run_report is not None
    return stage.run_report.billed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_service_counts_its_own_units(case: Case, endpoint: Endpoint) -> None:
    table = case.table(2)
    expected = EXPECTED.get(case.stage, TRANSACTIONS)
    if case.batches:
        expected = {"text records": 2.0}
    elif "audioData" in case.types:
        expected = {"audio seconds": pytest.approx(_seconds(2), abs=2.5)}
    assert billed(case.make(), table) == expected


def _seconds(count: int) -> float:
    return sum((len(recording(n)) - 44) / 32_000 for n in range(count))


def test_a_text_record_is_a_thousand_characters(endpoint: Endpoint) -> None:
    texts = ["a" * 1_000, "b" * 1_001, "\u00e9" * 1_000, "c" * 5_000, "d"]
    assert billed(sentiment(), pa.table({"text": texts})) == {"text records": 1 + 2 + 1 + 5 + 1}


def sentiment(**settings: Any) -> TextSentiment:
    fixed = {"textCol": "text", "subscriptionKey": "k", "backoffs": [1]}
    return TextSentiment(**{**fixed, **settings})


def test_what_was_refused_or_failed_is_not_billed(endpoint: Endpoint) -> None:
    assert billed(sentiment(), pa.table({"text": ["", "nice", "x" * 6_000]})) == {"text records": 1}
    endpoint.fault({"status": 500})
    assert billed(sentiment(), pa.table({"text": ["nice"]})) == {}


def test_what_is_equal_or_kept_is_not_billed(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    stage = sentiment(cacheDir=str(tmp_path))
    assert billed(stage, pa.table({"text": ["nice"] * 9})) == {"text records": 1}
    assert billed(stage, pa.table({"text": ["nice", "bad"]})) == {"text records": 1}
    assert stage.run_report is not None
    assert stage.run_report.kept == 1


def test_retries_are_not_billed(endpoint: Endpoint) -> None:
    endpoint.fault({"status": 503, "times": 1})
    assert billed(sentiment(), pa.table({"text": ["nice"]})) == {"text records": 1}


def answered(stage: Service, table: pa.Table, body: Any) -> dict[str, float]:
    plan = planner.make(stage, Net(lambda _: httpx.Response(200, json=body)))
    frames.add_columns(table, plan)
    return plan.report.billed


AT = {"endpoint": "http://host.example", "subscriptionKey": "k"}


def test_each_page_that_was_read_is_a_transaction() -> None:
    """A job that has ended at once."""
    body = {"status": "succeeded", "analyzeResult": {"readResults": [{"page": n} for n in (1, 2)]}}
    stage = ReadImage(imageUrlCol="u", **AT)
    assert answered(stage, pa.table({"u": ["http://a.example/b.pdf"]}), body) == {"transactions": 2}


def test_each_feature_and_domain_is_a_transaction() -> None:
    body = {"metadata": {}, "categories": [], "tags": []}
    table = pa.table({"u": ["http://a.example/b.png"]})
    assert answered(AnalyzeImage(imageUrlCol="u", **AT), table, body) == {"transactions": 1}
    more = {"visualFeatures": ["Categories", "Tags"], "details": ["Landmarks"]}
    assert answered(AnalyzeImage(imageUrlCol="u", **AT, **more), table, body) == {"transactions": 3}


def test_a_search_of_ones_own_is_not_billed() -> None:
    stage = BingImageSearch(backend="searxng", queryCol="q", endpoint="http://host.example")
    assert answered(stage, pa.table({"q": ["boats"]}), {"results": []}) == {}


def test_a_download_is_not_billed() -> None:
    stage = BingImageSearch.downloadFromUrls("u", "bytes")
    assert answered(stage, pa.table({"u": ["http://a.example/b.png"]}), {}) == {}


def test_a_recording_that_is_not_decoded_is_billed_up_to_what_was_heard() -> None:
    body = {"RecognitionStatus": "Success", "DisplayText": "Hi", "Offset": 5e6, "Duration": 2e7}
    table = pa.table({"a": [b"OggS and so on"]})
    assert answered(SpeechToText(audioDataCol="a", **AT), table, body) == {"audio seconds": 2.5}


def test_silence_is_billed() -> None:
    body = {"RecognitionStatus": "InitialSilenceTimeout", "Offset": 0, "Duration": 0}
    expected = pytest.approx((len(recording(0)) - 44) / 32_000)
    table = pa.table({"a": [recording(0)]})
    assert answered(SpeechToText(audioDataCol="a", **AT), table, body) == {
        "audio seconds": expected
    }


def test_fast_transcription_says_how_long_the_recording_is(endpoint: Endpoint) -> None:
    case = case_of("SpeechToTextSDK")
    expected = pytest.approx((len(recording(0)) - 44) / 32_000, abs=0.01)
    assert billed(case.make(backend="fast"), case.table(1)) == {"audio seconds": expected}


def test_a_series_is_billed_once_however_many_points_it_has(endpoint: Endpoint) -> None:
    case = case_of("SimpleDetectAnomalies")
    twice = pa.concat_tables([case.table(1), case.table(1).set_column(2, "groupby", [["h"] * 12])])
    assert billed(case.make(), twice) == {"transactions": 1}  # equal series are sent once
