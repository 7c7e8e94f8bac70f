"""Multivariate models: Azure's clients from upload to result, the API file, what is refused."""

import json
from datetime import timedelta
from typing import Any

import pytest
from azure.ai.anomalydetector import AnomalyDetectorClient
from azure.ai.anomalydetector.models import (
    AlignPolicy,
    ModelInfo,
    MultivariateBatchDetectionOptions,
    MultivariateLastDetectionOptions,
    VariableValues,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from multivariate_bench import (
    ACCOUNT,
    BROKEN,
    NAMES,
    ROOT,
    START,
    TOLD,
    TRAINED,
    WINDOW,
    apart,
    asked,
    csv,
    detected,
    get,
    machine,
    refusal,
    stamp,
    store,
    trained,
)

from cogml_mocks.anomaly import models

relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def source(bench):
    return store(bench, "machine.csv", csv(machine()))


@pytest.fixture
def ready(bench, source):
    return trained(bench, asked(source))["modelId"]


def client_of(bench) -> AnomalyDetectorClient:
    return AnomalyDetectorClient(bench.url, AzureKeyCredential("a-key"), retry_total=0)


@pytest.mark.parametrize("schema", ["OneTable", "MultiTable"])
def test_azures_clients_from_upload_to_result(bench, schema):
    values = machine()
    with BlobServiceClient(f"{bench.url}/{ACCOUNT}", credential="a2V5", retry_total=0) as storage:
        container = storage.create_container("data")
        if schema == "OneTable":
            source = container.upload_blob("machine.csv", csv(values)).url
        else:
            for name, content in apart(values).items():
                container.upload_blob(f"july/{name}", content)
            source = f"{container.url}/july"
    span = {"start_time": START, "end_time": START + timedelta(minutes=TRAINED - 1)}
    with client_of(bench) as client:
        policy = AlignPolicy(align_mode="Outer", fill_n_a_method="Linear", padding_value=0)
        info = ModelInfo(data_source=source, data_schema=schema, sliding_window=WINDOW,
                         display_name="machine", align_policy=policy, **span)  # fmt: skip
        model = client.train_multivariate_model(info)
        assert model.model_info.status == "CREATED"
        statuses = [client.get_multivariate_model(model.model_id).model_info.status for _ in "12"]
        assert statuses == ["RUNNING", "READY"]
        (listed,) = client.list_multivariate_models(skip=0, top=10)
        assert listed.model_id == model.model_id
        states = listed.model_info.diagnostics_info.variable_states
        assert {(s.variable, s.effective_count) for s in states} == {(n, TRAINED) for n in NAMES}
        detection = client.detect_multivariate_batch_anomaly(
            model.model_id,
            MultivariateBatchDetectionOptions(
                data_source=source, top_contributor_count=2,
                start_time=START + timedelta(minutes=TRAINED),
                end_time=START + timedelta(minutes=TRAINED + TOLD - 1),
            ),
        )  # fmt: skip
        assert detection.summary.status == "CREATED"
        for _ in "12":
            result = client.get_multivariate_batch_detection_result(detection.result_id)
        assert result.summary.status == "READY"
        assert len(result.results) == TOLD
        broken = {START + timedelta(minutes=row) for row in BROKEN}
        found = {r.timestamp for r in result.results if r.value.is_anomaly}
        assert len(found & broken) > 0.8 * len(broken)
        first, count = TRAINED + TOLD - WINDOW - 1, WINDOW + 1
        variables = [
            VariableValues(
                variable=name,
                timestamps=[stamp(first + row) for row in range(count)],
                values=[float(v) for v in values[first : first + count, place]],
            )
            for place, name in enumerate(NAMES)
        ]
        last = client.detect_multivariate_last_anomaly(
            model.model_id, MultivariateLastDetectionOptions(variables=variables)
        )
        assert len(last.results) == 2
        assert last.results[-1].value.score == pytest.approx(result.results[-1].value.score)
        client.delete_multivariate_model(model.model_id)
        with pytest.raises(ResourceNotFoundError):
            client.get_multivariate_model(model.model_id)
        with pytest.raises(HttpResponseError, match="The model does not exist"):
            client.delete_multivariate_model(model.model_id)


def test_a_broken_correlation_is_found_and_put_down_to_its_variable(bench, source):
    model = trained(bench, asked(source))
    told = {"startTime": stamp(TRAINED), "endTime": stamp(TRAINED + TOLD)}
    body = detected(bench, model["modelId"], {"dataSource": source, **told})
    flags = {r["timestamp"]: r["value"] for r in body["results"]}
    broken = {stamp(row) for row in BROKEN}
    after = {stamp(row) for row in range(BROKEN[-1] + 1, BROKEN[-1] + 5)}  # the moments it is in
    hits = [time for time in broken if flags[time]["isAnomaly"]]
    false = [t for t, v in flags.items() if v["isAnomaly"] and t not in broken | after]
    assert len(hits) >= 0.8 * len(broken)
    assert len(false) <= 2
    blamed = [flags[time]["interpretation"] for time in hits]
    assert sum(each[0]["variable"] == "flow" for each in blamed) > 0.6 * len(hits)
    for entries in blamed:
        assert sum(entry["contributionScore"] for entry in entries) == pytest.approx(1)
    changed = [e[0]["correlationChanges"]["changedVariables"] for e in blamed
               if e[0]["variable"] == "flow"]  # fmt: skip
    assert sum(set(each) == {"pressure", "heat"} for each in changed) > 0.6 * len(changed)


def test_an_answer_is_as_the_api_file_says(bench, source, specs):
    definitions = json.loads((specs / "anomalydetector-v1.1" / "openapi.json").read_text("utf-8"))[
        "definitions"
    ]

    def validate(name: str, instance: Any) -> None:
        schema = {"$ref": f"#/definitions/Multivariate.{name}", "definitions": definitions}
        Draft4Validator(schema).validate(instance)

    created = bench.post(f"{ROOT}/models", asked(source, displayName="n" * 24))
    validate("AnomalyDetectionModel", created.json())
    model = trained(bench, asked(source))
    validate("AnomalyDetectionModel", model)
    validate("ModelList", get(bench, "/models").json())
    state = model["modelInfo"]["diagnosticsInfo"]["modelState"]
    assert {len(values) for values in state.values()} == {len(state["epochIds"])}
    assert len(state["epochIds"]) > 0
    body = {"dataSource": source, "startTime": stamp(0), "endTime": stamp(600)}
    result = detected(bench, model["modelId"], body)
    validate("MultivariateDetectionResult", result)
    early = [r for r in result["results"] if r["errors"]]
    assert {e["code"] for r in early for e in r["errors"]} == {"InsufficientHistoricalData"}
    assert [r["timestamp"] for r in early] == [stamp(row) for row in range(WINDOW)]
    broken = [r["value"] for r in result["results"][WINDOW:]]
    assert all((v["severity"] > 0) == v["isAnomaly"] == (v["score"] > 1) for v in broken)


@pytest.mark.parametrize("name", ["DetectAnomaly", "LastDetectAnomaly", "ListModel", "DeleteModel",
                                  "GetResult"])  # fmt: skip
def test_the_examples_of_the_api_file_are_understood(bench, source, specs, name):
    """What they are about is not there; that is all that is wrong with them."""
    path = specs / "anomalydetector-v1.1" / "examples" / f"{name}.json"
    parameters = json.loads(path.read_text("utf-8"))["parameters"]
    options = parameters.get("options")
    if name == "ListModel":
        response = get(bench, f"/models?skip={parameters['skip']}&top={parameters['top']}")
        assert response.json() == {
            "models": [], "currentCount": 0, "maxCount": 1000, "nextLink": ""
        }  # fmt: skip
        return
    if name == "GetResult":
        response = get(bench, f"/detect-batch/{parameters['resultId']}")
        assert refusal(response) == (404, "ResultNotExist")
        return
    if name == "DeleteModel":
        url = f"{bench.url}{ROOT}/models/{parameters['modelId']}"
        assert refusal(bench.client.delete(url)) == (404, "ModelNotExist")
        return
    action = "detect-batch" if name == "DetectAnomaly" else "detect-last"
    gone = bench.post(f"{ROOT}/models/{parameters['modelId']}:{action}", options)
    assert refusal(gone) == (404, "ModelNotExist")
    if action == "detect-batch":
        model = trained(bench, asked(source))["modelId"]
        summary = detected(bench, model, options)["summary"]
        assert summary["status"] == "FAILED"
        assert [error["code"] for error in summary["errors"]] == ["FileNotExist"]
        assert summary["setupInfo"] == options
    else:
        names = tuple(variable["variable"] for variable in options["variables"])
        model = trained(bench, asked(store(bench, "example.csv", csv(machine(), names))))
        answer = bench.post(f"{ROOT}/models/{model['modelId']}:{action}", options).json()
        stamps = options["variables"][0]["timestamps"]
        assert [r["timestamp"] for r in answer["results"]] == stamps[WINDOW - 1 :]
        assert {s["effectiveCount"] for s in answer["variableStates"]} == {30}


def test_every_operation_of_the_api_file_is_served(bench, specs):
    path = specs / "anomalydetector-v1.1" / "openapi.json"
    found = json.loads(path.read_text("utf-8"))["paths"]
    served = [(method.upper(), path) for path, methods in found.items() for method in methods]
    assert len(served) == 10
    for method, path in served:
        address = bench.url + ROOT.removesuffix("/multivariate") + path
        response = bench.client.request(method, address.replace("{", "").replace("}", ""), json={})
        assert response.status_code == 200 or refusal(response)[0] in (400, 404)


def test_models_come_newest_first_ten_a_page(bench, source):
    identifiers = []
    small = store(bench, "small.csv", csv(machine(40)))
    for number in range(12):
        body = asked(small, 40, displayName=str(number))
        identifiers.append(bench.post(f"{ROOT}/models", body).json()["modelId"])
    first = get(bench, "/models").json()
    assert [m["modelId"] for m in first["models"]] == identifiers[:1:-1]
    assert (first["currentCount"], first["maxCount"]) == (12, 1000)
    second = bench.client.get(first["nextLink"]).json()
    assert [m["modelId"] for m in second["models"]] == identifiers[1::-1]
    assert second["nextLink"] == ""
    with client_of(bench) as client:
        found = [m.model_id for m in client.list_multivariate_models(top=5)]
    assert found == identifiers[::-1]
    for query in ("skip=-1", "top=x", "skip=1.5"):
        assert refusal(get(bench, f"/models?{query}")) == (400, "InvalidRequestParameterError")


def test_a_model_is_asked_when_it_is_ready(bench, source):
    body = {"dataSource": source, "startTime": stamp(400), "endTime": stamp(410)}
    created = bench.post(f"{ROOT}/models", asked(source)).json()["modelId"]
    for action in ("detect-batch", "detect-last"):
        response = bench.post(f"{ROOT}/models/{created}:{action}", body)
        assert refusal(response) == (400, "ModelNotReady")
    bad = trained(bench, asked(source + "x"))
    response = bench.post(f"{ROOT}/models/{bad['modelId']}:detect-batch", body)
    assert refusal(response) == (400, "ModelFailed")
    for name in ("no-guid", "00000000-0000-0000-0000-000000000000"):
        assert refusal(get(bench, f"/models/{name}")) == (404, "ModelNotExist")
        assert refusal(get(bench, f"/detect-batch/{name}")) == (404, "ResultNotExist")
        assert refusal(bench.post(f"{ROOT}/models/{name}:detect-last", {})) == (
            404, "ModelNotExist"
        )  # fmt: skip
    assert bench.post(f"{ROOT}/models/{created}", body).json()["error"]["code"] == "404"
    assert bench.post(f"{ROOT}/models/{created}:detect", body).json()["error"]["code"] == "404"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"dataSource": None}, "RequiredSource"),
        ({"dataSource": 5}, "InvalidBlobURL"),
        ({"dataSource": "machine.csv"}, "InvalidBlobURL"),
        ({"dataSource": "ftp://127.0.0.1/x.csv"}, "InvalidBlobURL"),
        ({"dataSource": "http://[::1/x.csv"}, "InvalidBlobURL"),
        ({"startTime": None}, "RequiredStartTime"),
        ({"endTime": None}, "RequiredEndTime"),
        ({"startTime": "yesterday"}, "InvalidTimestampFormat"),
        ({"endTime": 5}, "InvalidTimestampFormat"),
        ({"endTime": "2023-01-01T00:00:00Z"}, "BadArgument"),
        ({"slidingWindow": 27}, "InvalidSlidingWindow"),
        ({"slidingWindow": 2881}, "InvalidSlidingWindow"),
        ({"slidingWindow": 28.5}, "InvalidSlidingWindow"),
        ({"slidingWindow": True}, "InvalidSlidingWindow"),
        ({"displayName": "n" * 25}, "BadArgument"),
        ({"displayName": 5}, "BadArgument"),
        ({"dataSchema": "onetable"}, "BadArgument"),
        ({"alignPolicy": []}, "BadArgument"),
        ({"alignPolicy": {"alignMode": "outer"}}, "InvalidAlignMode"),
        ({"alignPolicy": {"fillNAMethod": "NotFill"}}, "InvalidFillNAMethod"),
        ({"alignPolicy": {"fillNAMethod": ["Zero"]}}, "InvalidFillNAMethod"),
        ({"alignPolicy": {"fillNAMethod": "Fixed"}}, "RequiredPaddingValue"),
        ({"alignPolicy": {"paddingValue": "0"}}, "BadArgument"),
    ],
)
def test_a_bad_request_to_train_is_refused_by_its_code(bench, change, code):
    body = asked("http://127.0.0.1/x.csv") | change
    assert refusal(bench.post(f"{ROOT}/models", body)) == (400, code)
    assert get(bench, "/models").json()["currentCount"] == 0


def test_a_body_that_is_no_object_is_refused(bench):
    headers = {"Content-Type": "application/json"}
    for content in (b"{", b"[]", b"", b"nul"):
        response = bench.client.post(bench.url + ROOT + "/models", content=content, headers=headers)
        assert refusal(response) == (400, "InvalidJsonFormat")
    put = bench.client.put(bench.url + ROOT + "/models", json={})
    assert (put.status_code, put.json()["error"]["code"]) == (405, "405")


def test_models_and_results_take_bounded_room(bench, source, monkeypatch):
    monkeypatch.setattr(models, "MAX_MODELS", 2)
    ready = trained(bench, asked(source))["modelId"]
    bench.post(f"{ROOT}/models", asked(source))
    assert refusal(bench.post(f"{ROOT}/models", asked(source))) == (400, "TooManyModels")
    monkeypatch.setattr(models, "MAX_RESULT_BYTES", 1)
    body = {"dataSource": source, "startTime": stamp(500), "endTime": stamp(501)}
    first, second = (detected(bench, ready, body)["resultId"] for _ in range(2))
    assert get(bench, f"/detect-batch/{first}").status_code == 404
    assert get(bench, f"/detect-batch/{second}").status_code == 200


def test_a_reset_forgets_models(bench, ready):
    bench.suite.reset(base=bench.name)
    assert get(bench, "/models").json()["models"] == []


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)  # fmt: skip
FIELDS = ("dataSource", "dataSchema", "startTime", "endTime", "displayName", "slidingWindow",
          "alignPolicy", "variables", "topContributorCount")  # fmt: skip
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.none() | st.integers()


@relaxed
@given(
    action=st.sampled_from(["", ":detect-batch", ":detect-last"]),
    fields=st.dictionaries(st.sampled_from(FIELDS), anything),
    values=st.lists(numbers, min_size=WINDOW, max_size=WINDOW + 2),
    use=st.booleans(),
)
def test_any_request_is_answered(bench, ready, action, fields, values, use):
    if use:
        fields["variables"] = [
            {"variable": name, "timestamps": [stamp(row) for row in range(len(values))],
             "values": values}
            for name in NAMES
        ]  # fmt: skip
    body = asked("http://127.0.0.1:1/x.csv") | fields
    path = f"{ROOT}/models/{ready}{action}" if action else f"{ROOT}/models"
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    response = bench.client.post(bench.url + path, content=content, headers=headers)
    assert response.status_code in (200, 201, 202, 400)
