"""What every registered service keeps, whatever the service, the frame or the fault: C1 to C6."""

from __future__ import annotations

import logging
import pathlib
from typing import Any

import pyarrow as pa
import pytest
from cases import CASES, FAULTS, OF_A_MODEL, SPOILED, Case, case_of
from harness import ArrowFrames, Endpoint, Frames

from cogml import CODES, ParamError, Service


def _each(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


every_case = _each(CASES)
every_batch = _each([case for case in CASES if case.batches])

# The shapes of input, answer and exchange there are, for what is costly to run on every service.
SHAPES = [
    case_of(name)
    for name in (
        "TextSentiment",
        "SentimentAnalysis",
        "TagImage",
        "GenerateThumbnails",
        "BingImageSearch",
        "DetectAnomalies",
        "SimpleDetectAnomalies",
    )
]
every_shape = _each(SHAPES)
every_single = _each([case for case in SHAPES if case.size == 1])
TEXT = CASES[0]
_NEVER_THE_SAME = {"requestId", "createdDateTime", "lastUpdatedDateTime"}


def _errors(rows: list[dict[str, Any]]) -> list[str | None]:
    return [None if row["err"] is None else row["err"]["code"] for row in rows]


def _columns(case: Case, n: int, **more: list[Any]) -> dict[str, list[Any]]:
    return {**case.inputs(n), "n": list(range(n * case.size)), **more}


def _in_order(frames: Frames, frame: Any) -> list[dict[str, Any]]:
    """On Spark the rows of groups come back in order of the groups."""
    return sorted(frames.rows(frame), key=lambda row: row["n"])


def _steady(value: Any) -> Any:
    """What two answers of equal meaning have in common."""
    if isinstance(value, dict):
        return {k: _steady(v) for k, v in value.items() if k not in _NEVER_THE_SAME}
    return [_steady(item) for item in value] if isinstance(value, list) else value


def test_every_registered_service_has_a_case() -> None:
    covered = {(case.stage, case.settings.get("kind")) for case in CASES}
    operations = {
        (name, operation.name.partition("(")[2].rstrip(")") or None)
        for name, stage in Service.registry.items()
        for operation in stage.operations()
    }
    assert operations == covered | {(name, None) for name in OF_A_MODEL}


# C1: rows in = rows out


def _many(case: Case, endpoint: Endpoint, frames: Frames) -> None:
    columns = _columns(case, case.many)
    result = case.make(concurrency=4).transform(frames.make(columns))
    rows = frames.rows(result)
    for name, values in columns.items():
        assert [row[name] for row in rows] == values
    assert _errors(rows) == [None] * len(rows)
    assert all(case.holds(row["out"]) for row in rows)
    assert endpoint.documents() == case.many


@_each([case for case in CASES if case not in SHAPES])
def test_many_rows_come_back_in_order(case: Case, endpoint: Endpoint) -> None:
    _many(case, endpoint, ArrowFrames())


@every_shape
def test_many_rows_of_every_frame_come_back_in_order(
    case: Case, endpoint: Endpoint, eager: Frames
) -> None:
    _many(case, endpoint, eager)


@every_shape
def test_columns_are_inputs_then_error_then_output(
    case: Case, endpoint: Endpoint, frames: Frames
) -> None:
    m = [1.5, *[None] * (2 * case.size - 1)]
    result = case.make().transform(frames.make(_columns(case, 2, m=m)))
    assert frames.columns(result) == [*case.types, "n", "m", "err", "out"]
    rows = _in_order(frames, result)
    assert [(row["n"], row["m"]) for row in rows] == list(enumerate(m))


@every_shape
def test_the_frame_handed_in_is_not_changed(case: Case, endpoint: Endpoint, eager: Frames) -> None:
    frame = eager.make(_columns(case, 3))
    before = eager.rows(frame)
    case.make().transform(frame)
    assert eager.columns(frame) == [*case.types, "n"]
    assert eager.rows(frame) == before


@every_shape
def test_an_empty_frame_gives_an_empty_frame_of_the_same_types(
    case: Case, endpoint: Endpoint, frames: Frames
) -> None:
    frame = frames.make({**case.nulls(0), "n": []}, **case.types, n=pa.int64())
    empty = case.make().transform(frame)
    assert frames.columns(empty) == [*case.types, "n", "err", "out"]
    assert frames.rows(empty) == []
    assert endpoint.requests() == []


@every_case
def test_an_empty_table_has_the_types_of_a_full_one(case: Case, endpoint: Endpoint) -> None:
    table = case.table(1).cast(pa.schema(case.types))
    full = case.make().transform(table)
    none = case.make().transform(table.slice(0, 0))
    assert none.schema == full.schema
    assert none.num_rows == 0


# C2: an answer or an error, both null for a null input only


@every_shape
def test_null_rows_are_null_and_not_sent(case: Case, endpoint: Endpoint, frames: Frames) -> None:
    columns, size = case.inputs(2), case.size
    mixed = {
        name: [None, *values[:size], None, *values[size:], None] for name, values in columns.items()
    }
    null = [True, *[False] * size, True, *[False] * size, True]
    frame = frames.make({**mixed, "n": list(range(len(null)))}, **case.types)
    rows = _in_order(frames, case.make().transform(frame))
    assert [row["out"] is None for row in rows] == null
    assert _errors(rows) == [None] * len(null)
    assert endpoint.documents() == 2


@every_shape
def test_a_column_of_nulls_is_answered_without_a_request(
    case: Case, endpoint: Endpoint, frames: Frames
) -> None:
    rows = frames.rows(case.make().transform(frames.make(case.nulls(2), **case.types)))
    assert [(row["err"], row["out"]) for row in rows] == [(None, None)] * 2
    assert endpoint.requests() == []


@every_case
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_is_every_rows_error(fault: str, case: Case, endpoint: Endpoint) -> None:
    rule, code = FAULTS[fault]
    endpoint.fault(rule)
    table = case.table(case.few)
    rows = case.make().transform(table).to_pylist()
    assert _errors(rows) == [code] * table.num_rows
    assert [row["out"] for row in rows] == [None] * table.num_rows
    assert all(row["err"]["message"] for row in rows)
    assert code in CODES


@every_batch
@pytest.mark.parametrize("fault", SPOILED)
def test_a_spoiled_document_costs_no_other_row(fault: str, case: Case, endpoint: Endpoint) -> None:
    endpoint.fault(SPOILED[fault])
    rows = case.make().transform(case.table(5)).to_pylist()
    wrong = [row for row in rows if row["err"] is not None]
    assert 1 <= len(wrong) <= 2  # a duplicated id replaces another document's
    assert {row["err"]["code"] for row in wrong} == {"bad_response"}
    assert all(row["out"] is None for row in wrong)
    assert all(case.holds(row["out"]) for row in rows if row["err"] is None)


@every_batch
def test_documents_in_another_order_reach_their_own_rows(case: Case, endpoint: Endpoint) -> None:
    straight = case.make().transform(case.table(5)).to_pylist()
    endpoint.fault({"kind": "reordered_documents"})
    assert case.make().transform(case.table(5)).to_pylist() == straight


@every_batch
def test_a_text_that_is_too_long_is_its_own_rows_error(case: Case, endpoint: Endpoint) -> None:
    first, second = case.inputs(2)["text"]
    table = pa.table({"text": [first, "word " * 1_200, second]})
    rows = case.make().transform(table).to_pylist()
    assert _errors(rows) == [None, "row_rejected", None]
    assert "5120" in rows[1]["err"]["message"]
    assert rows[1]["err"]["status"]["statusCode"] == 200


@every_batch
def test_nul_and_rare_characters_are_answered(case: Case, endpoint: Endpoint) -> None:
    texts = ["a \0 happy day", "👩‍👩‍👧 e\u0301 \u202e \ufeff happy", "\r\n happy"]
    rows = case.make().transform(pa.table({"text": texts})).to_pylist()
    assert _errors(rows) == [None] * 3


# C3: a bad row never stops a run, a bad setting stops it before the first request


@every_shape
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"outputCol": "n"}, "already has a column 'n' of another origin"),
        ({"errorCol": "n"}, "already has a column 'n' of another origin"),
        ({"outputCol": "same", "errorCol": "same"}, "are both 'same'"),
        ({"endpoint": "nowhere"}, "endpoint expects an address"),
        ({"endpoint": "http://user:secret@host/"}, "must not hold a password"),
        ({"subscriptionKey": "a\r\nb: c"}, "characters it cannot have"),
        ({"subscriptionKey": "env:COGML_TEST_UNSET"}, "COGML_TEST_UNSET, which is not set"),
        ({"subscriptionKeyCol": "n"}, "column 'n' is int64; subscriptionKey expects text"),
    ],
)
def test_a_bad_setting_raises_before_the_first_request(
    settings: dict[str, Any], message: str, case: Case, endpoint: Endpoint, frames: Frames
) -> None:
    with pytest.raises(ParamError, match=message) as caught:
        case.make(**settings).transform(frames.make(_columns(case, 2)))
    assert "secret" not in str(caught.value)
    assert endpoint.requests() == []


@every_shape
def test_a_missing_column_raises_before_the_first_request(
    case: Case, endpoint: Endpoint, frames: Frames
) -> None:
    stage = case.make(**{f"{case.main}Col": f"{case.main}s"})
    message = f"no column '{case.main}s' in the frame.*did you mean '{case.main}'.*there are"
    with pytest.raises(ParamError, match=message):
        stage.transform(frames.make(_columns(case, 2)))
    assert endpoint.requests() == []


@every_case
def test_a_column_of_another_type_raises_before_the_first_request(
    case: Case, endpoint: Endpoint, eager: Frames
) -> None:
    stage = case.make(**{f"{case.main}Col": "truth"})
    frame = eager.make(_columns(case, 1, truth=[True] * case.size))
    with pytest.raises(ParamError, match=f"column 'truth' is bool; {case.main} expects"):
        stage.transform(frame)
    assert endpoint.requests() == []


def test_duplicate_columns_are_refused(endpoint: Endpoint) -> None:
    table = pa.table([["a"], ["b"]], names=["text", "text"])
    for frame in (table, table.to_pandas(), table.to_reader()):
        with pytest.raises(ParamError, match=r"more than one column named \['text'\]"):
            TEXT.make().transform(frame)


def test_a_frame_of_no_known_kind_is_refused(endpoint: Endpoint) -> None:
    with pytest.raises(ParamError, match="cannot transform a list; expected a pandas"):
        TEXT.make().transform(["text"])


def test_no_address_says_what_to_set() -> None:
    with pytest.raises(ParamError, match=r"setLocation.*setEndpoint.*COGML_ENDPOINT"):
        TEXT.make().transform(pa.table({"text": ["a"]}))


# C4: no secret anywhere


@every_case
def test_a_secret_shows_nowhere(
    case: Case, endpoint: Endpoint, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "planted-secret-0123456789"
    caplog.set_level(logging.DEBUG)
    stage = case.make(subscriptionKey=secret, AADToken=secret, customHeaders={"x-key": secret})
    endpoint.fault({"kind": "status", "status": 400, "times": 1})
    shown = [repr(stage), stage.explainParams(), str(stage.extractParamMap().keys())]
    result = stage.transform(case.table(case.few))
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
    rows = case.make(concurrency=1).transform(case.table(1)).to_pylist()
    assert rows[0]["err"]["attempts"] == 3
    assert len(endpoint.requests()) == 3


@every_case
@pytest.mark.parametrize("fault", ["429", "500", "503", "dropped"])
def test_a_passing_fault_costs_no_row(fault: str, case: Case, endpoint: Endpoint) -> None:
    endpoint.fault(FAULTS[fault][0] | {"times": 2})
    table = case.table(case.few)
    rows = case.make(concurrency=1).transform(table).to_pylist()
    assert _errors(rows) == [None] * table.num_rows
    assert all(case.holds(row["out"]) for row in rows)


@_each([TEXT, case_of("BingImageSearch"), case_of("SimpleDetectAnomalies")])
def test_a_dead_endpoint_fails_every_row_promptly(case: Case, frames: Frames) -> None:
    """After the first request has used up its retries, the host is not asked for each row again."""
    stage = case.make(endpoint="http://127.0.0.1:9/", concurrency=2)
    rows = frames.rows(stage.transform(frames.make(case.inputs(500 // case.size))))
    assert _errors(rows) == ["unavailable"] * (500 // case.size * case.size)
    assert sum(row["err"]["attempts"] > 0 for row in rows) <= 4 * 20  # both workers, both tasks


@_each([TEXT, case_of("BingImageSearch"), case_of("SimpleDetectAnomalies")])
def test_a_wrong_key_is_not_tried_for_every_row(
    case: Case, endpoint: Endpoint, frames: Frames
) -> None:
    endpoint.fault({"kind": "status", "status": 401})
    stage = case.make(concurrency=2)
    rows = frames.rows(stage.transform(frames.make(case.inputs(500 // case.size))))
    assert _errors(rows) == ["unauthorized"] * (500 // case.size * case.size)
    assert len(endpoint.requests()) <= 4


def test_one_failure_does_not_give_the_service_up(endpoint: Endpoint, eager: Frames) -> None:
    endpoint.fault({"kind": "status", "status": 503, "times": 1})
    stage = TEXT.make(maxRetries=0, concurrency=1)
    rows = eager.rows(stage.transform(eager.make(TEXT.inputs(500))))
    assert _errors(rows) == ["unavailable"] * 10 + [None] * 490


# C6: equal rows are asked for once


@every_single
def test_equal_rows_are_sent_once(case: Case, endpoint: Endpoint, frames: Frames) -> None:
    values = case.inputs(3)[case.main] * 4
    frame = frames.make({case.main: values, "n": list(range(12))})
    rows = _in_order(frames, case.make().transform(frame))
    assert [row[case.main] for row in rows] == values
    assert all(case.holds(row["out"]) for row in rows)
    # A stream is looked at a batch at a time: batches of 7, and two tasks on Spark.
    most = {"arrow reader": 6, "spark": 6}.get(frames.kind, 3)
    assert 3 <= endpoint.documents() <= most


@every_single
def test_a_value_for_all_rows_is_sent_once(case: Case, endpoint: Endpoint, eager: Frames) -> None:
    stage = case.make(**{case.main: case.inputs(1)[case.main][0]})
    rows = eager.rows(stage.transform(eager.make({"n": [1, 2, 3]})))
    assert all(case.holds(row["out"]) for row in rows)
    assert endpoint.documents() == 1


@pytest.mark.parametrize("scheme", ["", "file://"])
@every_case
def test_what_is_kept_is_not_asked_for_again(
    case: Case, endpoint: Endpoint, tmp_path: pathlib.Path, scheme: str
) -> None:
    """The same answers, in whatever order the rows come back."""
    place = f"{scheme}{tmp_path}"
    frames = ArrowFrames()
    columns = _columns(case, 3)
    first = frames.rows(case.make(cacheDir=place).transform(frames.make(columns)))
    assert _errors(first) == [None] * len(first)
    sent = len(endpoint.requests())
    turned = {name: values[::-1] for name, values in columns.items()}
    again = case.make(cacheDir=place)
    assert frames.rows(again.transform(frames.make(turned)))[::-1] == first
    assert len(endpoint.requests()) == sent
    assert again.run_report.kept == again.run_report.sent == len(first)


@every_shape
def test_what_is_kept_serves_every_frame(
    case: Case, endpoint: Endpoint, frames: Frames, tmp_path: pathlib.Path
) -> None:
    stage = case.make(cacheDir=str(tmp_path))
    columns = _columns(case, 2)
    first = _in_order(frames, stage.transform(frames.make(columns)))
    sent = len(endpoint.requests())
    assert _in_order(frames, stage.transform(frames.make(columns))) == first
    assert _errors(first) == [None] * len(first)
    assert len(endpoint.requests()) == sent


@every_case
def test_a_saved_stage_gives_the_same_answers(
    case: Case, endpoint: Endpoint, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = case.make()
    stage.save(str(tmp_path / "stage"))
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", "a-key")
    loaded = Service.registry[case.stage].load(str(tmp_path / "stage"))
    assert loaded.uid == stage.uid
    table = case.table(case.few)
    again = loaded.transform(table)
    assert _errors(again.to_pylist()) == [None] * table.num_rows
    assert _steady(again.to_pylist()) == _steady(stage.transform(table).to_pylist())
