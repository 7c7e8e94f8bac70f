"""What every registered service keeps, whatever the service, the frame or the fault: C1 to C6."""

from __future__ import annotations

import logging
from typing import Any

import pyarrow as pa
import pytest
from cases import CASES, Case
from harness import Endpoint, Frames

from cogml import CODES, ParamError, Service

every_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: case.settings.get("kind", case.stage)
)

# The shapes of output there are (an array, a struct), for what is costly to run on every service.
SHAPES = [CASES[0], CASES[6]]
every_shape = pytest.mark.parametrize("case", SHAPES, ids=lambda case: case.stage)


def _errors(rows: list[dict[str, Any]]) -> list[str | None]:
    return [None if row["err"] is None else row["err"]["code"] for row in rows]


def test_every_registered_service_has_a_case() -> None:
    covered = {(case.stage, case.settings.get("kind")) for case in CASES}
    operations = {
        (name, operation.name.partition("(")[2].rstrip(")") or None)
        for name, stage in Service.registry.items()
        for operation in stage.operations()
    }
    assert operations == covered


# C1: rows in = rows out


@every_case
def test_a_thousand_rows_come_back_in_order(case: Case, endpoint: Endpoint, eager: Frames) -> None:
    texts = case.rows(1_000)
    frame = eager.make({"text": texts, "n": list(range(1_000))})
    result = case.make(concurrency=4).transform(frame)
    rows = eager.rows(result)
    assert [row["n"] for row in rows] == list(range(1_000))
    assert [row["text"] for row in rows] == texts
    assert _errors(rows) == [None] * 1_000
    assert all(case.holds(row["out"]) for row in rows)
    assert endpoint.documents() == 1_000


@every_shape
def test_columns_are_inputs_then_error_then_output(
    case: Case, endpoint: Endpoint, frames: Frames
) -> None:
    frame = frames.make({"n": [1, 2], "text": case.rows(2), "m": [1.5, None]})
    result = case.make().transform(frame)
    assert frames.columns(result) == ["n", "text", "m", "err", "out"]
    rows = frames.rows(result)
    assert [(row["n"], row["m"]) for row in rows] == [(1, 1.5), (2, None)]


@every_shape
def test_the_frame_handed_in_is_not_changed(case: Case, endpoint: Endpoint, eager: Frames) -> None:
    frame = eager.make({"text": case.rows(3), "n": [1, 2, 3]})
    before = eager.rows(frame)
    case.make().transform(frame)
    assert eager.columns(frame) == ["text", "n"]
    assert eager.rows(frame) == before


@every_shape
def test_an_empty_frame_gives_an_empty_frame_of_the_same_types(
    case: Case, endpoint: Endpoint, frames: Frames
) -> None:
    empty = case.make().transform(
        frames.make({"text": [], "n": []}, text=pa.string(), n=pa.int64())
    )
    assert frames.columns(empty) == ["text", "n", "err", "out"]
    assert frames.rows(empty) == []
    assert endpoint.requests() == []


@every_case
def test_an_empty_table_has_the_types_of_a_full_one(case: Case, endpoint: Endpoint) -> None:
    full = case.make().transform(pa.table({"text": case.rows(1)}))
    none = case.make().transform(pa.table({"text": pa.array([], pa.string())}))
    assert none.schema == full.schema
    assert none.num_rows == 0


# C2: an answer or an error, both null for a null input only


@every_case
def test_one_row_is_answered(case: Case, endpoint: Endpoint) -> None:
    row = case.make().transform(pa.table({"text": case.rows(1)})).to_pylist()[0]
    assert row["err"] is None
    assert case.holds(row["out"])


@every_shape
def test_null_rows_are_null_and_not_sent(case: Case, endpoint: Endpoint, frames: Frames) -> None:
    texts = case.rows(2)
    frame = frames.make({"text": [None, texts[0], None, texts[1], None]}, text=pa.string())
    rows = frames.rows(case.make().transform(frame))
    assert [row["out"] is None for row in rows] == [True, False, True, False, True]
    assert _errors(rows) == [None] * 5
    assert endpoint.documents() == 2


@every_shape
def test_a_column_of_nulls_is_answered_without_a_request(
    case: Case, endpoint: Endpoint, frames: Frames
) -> None:
    frame = frames.make({"text": [None, None]}, text=pa.string())
    rows = frames.rows(case.make().transform(frame))
    assert [(row["err"], row["out"]) for row in rows] == [(None, None)] * 2
    assert endpoint.requests() == []


FAULTS = {
    "500": ({"kind": "status", "status": 500}, "unavailable"),
    "503": ({"kind": "status", "status": 503}, "unavailable"),
    "400": ({"kind": "status", "status": 400}, "rejected"),
    "401": ({"kind": "status", "status": 401}, "unauthorized"),
    "408": ({"kind": "status", "status": 408}, "timeout"),
    "410": ({"kind": "status", "status": 410}, "retired"),
    "429": ({"kind": "throttle", "retry_after": 0}, "throttled"),
    "quota": ({"kind": "quota"}, "throttled"),
    "dropped": ({"kind": "drop_before_answer"}, "unavailable"),
    "cut off": ({"kind": "drop_mid_answer"}, "unavailable"),
    "truncated": ({"kind": "truncated_body"}, "unavailable"),
    "redirect": ({"kind": "redirect", "location": "http://127.0.0.1:9/"}, "rejected"),
    "not JSON": ({"kind": "malformed_json"}, "bad_response"),
    "empty": ({"kind": "empty_body"}, "bad_response"),
    "array": ({"kind": "wrong_shape", "shape": "array"}, "bad_response"),
    "text": ({"kind": "wrong_shape", "shape": "string"}, "bad_response"),
    "number": ({"kind": "wrong_shape", "shape": "number"}, "bad_response"),
    "{}": ({"kind": "wrong_shape", "shape": "object"}, "bad_response"),
}


@every_case
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_is_every_rows_error(fault: str, case: Case, endpoint: Endpoint) -> None:
    rule, code = FAULTS[fault]
    endpoint.fault(rule)
    rows = case.make().transform(pa.table({"text": case.rows(3)})).to_pylist()
    assert _errors(rows) == [code] * 3
    assert [row["out"] for row in rows] == [None] * 3
    assert all(row["err"]["message"] for row in rows)
    assert code in CODES


SPOILED = {
    "missing document": {"kind": "missing_document"},
    "foreign id": {"kind": "foreign_id"},
    "duplicate id": {"kind": "duplicated_id"},
    "wrong type": {"kind": "wrong_type"},
}


@every_case
@pytest.mark.parametrize("fault", SPOILED)
def test_a_spoiled_document_costs_no_other_row(fault: str, case: Case, endpoint: Endpoint) -> None:
    endpoint.fault(SPOILED[fault])
    rows = case.make().transform(pa.table({"text": case.rows(5)})).to_pylist()
    wrong = [row for row in rows if row["err"] is not None]
    assert 1 <= len(wrong) <= 2  # a duplicated id replaces another document's
    assert {row["err"]["code"] for row in wrong} == {"bad_response"}
    assert all(row["out"] is None for row in wrong)
    assert all(case.holds(row["out"]) for row in rows if row["err"] is None)


@every_case
def test_documents_in_another_order_reach_their_own_rows(case: Case, endpoint: Endpoint) -> None:
    table = pa.table({"text": case.rows(5)})
    straight = case.make().transform(table).to_pylist()
    endpoint.fault({"kind": "reordered_documents"})
    assert case.make().transform(table).to_pylist() == straight


@every_case
def test_a_text_that_is_too_long_is_its_own_rows_error(case: Case, endpoint: Endpoint) -> None:
    texts = [case.rows(1)[0], "word " * 1_200, case.rows(2)[1]]
    rows = case.make().transform(pa.table({"text": texts})).to_pylist()
    assert _errors(rows) == [None, "row_rejected", None]
    assert "5120" in rows[1]["err"]["message"]
    assert rows[1]["err"]["status"]["statusCode"] == 200


@every_case
def test_nul_and_rare_characters_are_answered(case: Case, endpoint: Endpoint) -> None:
    texts = ["a \0 happy day", "👩‍👩‍👧 e\u0301 \u202e \ufeff happy", "\r\n happy"]
    rows = case.make().transform(pa.table({"text": texts})).to_pylist()
    assert _errors(rows) == [None] * 3


# C3: a bad row never stops a run, a bad setting stops it before the first request


@every_shape
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"textCol": "txet"}, "no column 'txet' in the frame.*did you mean 'text'.*there are"),
        ({"textCol": "n"}, "column 'n' is int64; text expects text or a list of text"),
        ({"languageCol": "n"}, "column 'n' is int64; language expects text"),
        ({"outputCol": "n"}, "already has a column 'n' of another origin"),
        ({"errorCol": "n"}, "already has a column 'n' of another origin"),
        ({"outputCol": "same", "errorCol": "same"}, "are both 'same'"),
        ({"endpoint": "nowhere"}, "endpoint expects an address"),
        ({"endpoint": "http://user:secret@host/"}, "must not hold a password"),
        ({"subscriptionKey": "a\r\nb: c"}, "characters it cannot have"),
        ({"subscriptionKey": "env:COGML_TEST_UNSET"}, "COGML_TEST_UNSET, which is not set"),
    ],
)
def test_a_bad_setting_raises_before_the_first_request(
    settings: dict[str, Any], message: str, case: Case, endpoint: Endpoint, frames: Frames
) -> None:
    frame = frames.make({"text": case.rows(2), "n": [1, 2]})
    with pytest.raises(ParamError, match=message) as caught:
        case.make(**settings).transform(frame)
    assert "secret" not in str(caught.value)
    assert endpoint.requests() == []


def test_duplicate_columns_are_refused(endpoint: Endpoint) -> None:
    table = pa.table([["a"], ["b"]], names=["text", "text"])
    for frame in (table, table.to_pandas(), table.to_reader()):
        with pytest.raises(ParamError, match=r"more than one column named \['text'\]"):
            CASES[0].make().transform(frame)


def test_a_frame_of_no_known_kind_is_refused(endpoint: Endpoint) -> None:
    with pytest.raises(ParamError, match="cannot transform a list; expected a pandas"):
        CASES[0].make().transform(["text"])


def test_no_address_says_what_to_set() -> None:
    with pytest.raises(ParamError, match=r"setLocation.*setEndpoint.*COGML_ENDPOINT"):
        CASES[0].make().transform(pa.table({"text": ["a"]}))


# C4: no secret anywhere


@every_case
def test_a_secret_shows_nowhere(
    case: Case,
    endpoint: Endpoint,
    tmp_path: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = "planted-secret-0123456789"
    caplog.set_level(logging.DEBUG)
    stage = case.make(subscriptionKey=secret, AADToken=secret, customHeaders={"x-key": secret})
    endpoint.fault({"kind": "status", "status": 400, "times": 1})
    shown = [repr(stage), stage.explainParams(), str(stage.extractParamMap().keys())]
    result = stage.transform(pa.table({"text": case.rows(3)}))
    shown += [str(result.to_pylist()), caplog.text, str(stage.run_report), str(endpoint.requests())]
    stage.save(str(tmp_path / "stage"))
    files = [file for file in (tmp_path / "stage").rglob("*") if file.is_file()]
    shown += [file.read_bytes().decode(errors="replace") for file in files]
    for text in shown:
        assert secret not in text


# C5: every loop ends


@every_case
@pytest.mark.parametrize("fault", ["429", "500", "dropped"])
def test_retries_end(fault: str, case: Case, endpoint: Endpoint) -> None:
    endpoint.fault(FAULTS[fault][0])
    rows = case.make(concurrency=1).transform(pa.table({"text": case.rows(1)})).to_pylist()
    assert rows[0]["err"]["attempts"] == 3
    assert len(endpoint.requests()) == 3


@every_case
@pytest.mark.parametrize("fault", ["429", "500", "503", "dropped"])
def test_a_passing_fault_costs_no_row(fault: str, case: Case, endpoint: Endpoint) -> None:
    endpoint.fault(FAULTS[fault][0] | {"times": 2})
    rows = case.make(concurrency=1).transform(pa.table({"text": case.rows(20)})).to_pylist()
    assert _errors(rows) == [None] * 20
    assert all(case.holds(row["out"]) for row in rows)


def test_a_dead_endpoint_fails_every_row_promptly(frames: Frames) -> None:
    """After the first request has used up its retries, the host is not asked for each row again."""
    stage = CASES[0].make(endpoint="http://127.0.0.1:9/", concurrency=2)
    rows = frames.rows(stage.transform(frames.make({"text": CASES[0].rows(500)})))
    assert _errors(rows) == ["unavailable"] * 500
    assert sum(row["err"]["attempts"] > 0 for row in rows) <= 4 * 20  # both workers, both tasks


def test_a_wrong_key_is_not_tried_for_every_row(endpoint: Endpoint, frames: Frames) -> None:
    stage = CASES[0].make(concurrency=2)
    endpoint.fault({"kind": "status", "status": 401})
    rows = frames.rows(stage.transform(frames.make({"text": CASES[0].rows(500)})))
    assert _errors(rows) == ["unauthorized"] * 500
    assert len(endpoint.requests()) <= 4


def test_one_failure_does_not_give_the_service_up(endpoint: Endpoint, eager: Frames) -> None:
    endpoint.fault({"kind": "status", "status": 503, "times": 1})
    stage = CASES[0].make(maxRetries=0, concurrency=1)
    rows = eager.rows(stage.transform(eager.make({"text": CASES[0].rows(500)})))
    assert _errors(rows) == ["unavailable"] * 10 + [None] * 490


# C6: equal rows are asked for once


@every_shape
def test_equal_rows_are_sent_once(case: Case, endpoint: Endpoint, frames: Frames) -> None:
    texts = case.rows(3) * 4
    rows = frames.rows(case.make().transform(frames.make({"text": texts, "n": list(range(12))})))
    assert [row["text"] for row in sorted(rows, key=lambda row: row["n"])] == texts
    assert all(case.holds(row["out"]) for row in rows)
    # A stream is looked at a batch at a time: batches of 7, and two tasks on Spark.
    most = {"arrow reader": 6, "spark": 6}.get(frames.kind, 3)
    assert 3 <= endpoint.documents() <= most


@every_shape
def test_a_value_for_all_rows_is_sent_once(case: Case, endpoint: Endpoint, eager: Frames) -> None:
    stage = case.make(text="one text for all")
    rows = eager.rows(stage.transform(eager.make({"n": [1, 2, 3]})))
    assert all(case.holds(row["out"]) for row in rows)
    assert endpoint.documents() == 1


@every_case
def test_a_saved_stage_gives_the_same_answers(
    case: Case, endpoint: Endpoint, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = case.make()
    stage.save(str(tmp_path / "stage"))
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", "a-key")
    loaded = Service.registry[case.stage].load(str(tmp_path / "stage"))
    assert loaded.uid == stage.uid
    table = pa.table({"text": case.rows(4)})
    assert loaded.transform(table) == stage.transform(table)
