"""Every request passes the same gates in the same order."""

import httpx
import pytest
from suite_bench import KEY, LANGUAGE, V31, batch

import cogml_mocks
from cogml_mocks.gateway import Gateway
from cogml_mocks.messages import Request
from cogml_mocks.operations import Answer, Call
from cogml_mocks.settings import Settings

PATH = f"{V31}/sentiment"


def test_no_key_is_401_from_the_gateway(bench):
    response = httpx.post(bench.url + PATH, json=batch("x"))
    assert (response.status_code, response.reason_phrase) == (401, "PermissionDenied")
    assert response.json()["error"]["code"] == "401"
    assert response.json()["error"]["message"].startswith("Access denied due to invalid subscr")
    assert "apim-request-id" not in response.headers
    assert "retry-after" not in response.headers


def test_an_empty_key_is_no_key(bench):
    headers = {"Ocp-Apim-Subscription-Key": ""}
    assert httpx.post(bench.url + PATH, json=batch("x"), headers=headers).status_code == 401


def test_without_configured_keys_a_bearer_token_is_let_in(bench):
    def status(authorization: str) -> int:
        headers = {"Authorization": authorization}
        return httpx.post(bench.url + PATH, json=batch("x"), headers=headers).status_code

    assert [status("Bearer abc"), status("bearer abc")] == [200, 200]
    assert [status("Bearer"), status("Basic abc")] == [401, 401]


def test_only_configured_keys_are_accepted_and_never_shown():
    with cogml_mocks.serve(keys=["right", "spare"]) as suite:

        def status(**headers: str) -> int:
            return httpx.post(suite.url + PATH, json=batch("x"), headers=headers).status_code

        name = "Ocp-Apim-Subscription-Key"
        assert [status(**{name: k}) for k in ("right", "spare", "wrong", "righ")] == [
            200,
            200,
            401,
            401,
        ]
        assert status(Authorization="Bearer right") == 401
        assert "right" not in repr(suite) + repr(vars(suite)) + str(suite.requests())


def test_the_gates_come_in_order(bench):
    def status(path: str, *, method: str = "POST", key: bool = True, **request: object) -> int:
        headers = {"Content-Type": "application/json", **(KEY if key else {})}
        headers |= request.pop("headers", {})
        return httpx.request(method, bench.url + path, headers=headers, **request).status_code

    text = {"Content-Type": "text/plain"}
    large = b" " * 1_048_577
    versionless = LANGUAGE.partition("?")[0]
    assert status("/nowhere", key=False) == 401
    assert status("/nowhere", method="GET") == 404
    assert status(PATH, method="GET") == 405
    assert status(versionless, headers=text) == 404
    assert status(versionless + "?api-version=2099-01-01", headers=text) == 404
    assert status(PATH, headers=text, content=large) == 415
    assert status(PATH, content=large) == 413
    assert status(PATH, content=b"{") == 400
    assert status(PATH, json=batch("fine")) == 200


@pytest.mark.parametrize(
    "path",
    [
        "/text/analytics/v3.2/sentiment",
        "/text/analytics/v3.1/sentiment/",
        "/text/analytics/v3.1",
        "/",
        "/t/",
    ],
)
def test_an_unknown_path_is_404_in_the_services_envelope(bench, path):
    response = bench.client.post(bench.suite.url + path, json={})
    assert response.status_code == 404
    assert response.json() == {"error": {"code": "404", "message": "Resource not found"}}


@pytest.mark.parametrize("version", ["2022-05-01", "2023-04-01"])
def test_both_language_versions_are_known(bench, version):
    given = {"kind": "SentimentAnalysis", "analysisInput": batch("fine")}
    response = bench.post(f"/language/:analyze-text?api-version={version}", given)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "text/json"]
)
def test_json_by_another_spelling_is_json(bench, media_type):
    headers = {"Content-Type": media_type}
    assert bench.post(PATH, batch("x"), headers=headers).status_code == 200


def test_an_answer_has_the_services_headers(bench):
    headers = bench.sentiment("fine", "").headers
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert len(headers["apim-request-id"]) == 36
    assert headers["csp-billing-usage"] == "CognitiveServices.TextAnalytics.BatchScoring=1"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-envoy-upstream-service-time"].isdecimal()
    assert "strict-transport-security" in headers
    refused = bench.sentiment()
    assert refused.status_code == 400
    assert "apim-request-id" in refused.headers
    assert "csp-billing-usage" not in bench.sentiment("").headers


def test_a_defect_of_an_operation_answers_500_in_the_services_envelope(bench, monkeypatch, caplog):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("cogml_mocks.text.documents.answer", broken)
    response = bench.sentiment("secret text")
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "InternalServerError"
    assert "secret text" not in caplog.text


def test_base_paths_make_room_for_each_other_and_never_the_root(monkeypatch):
    monkeypatch.setattr("cogml_mocks.gateway.MAX_BASES", 3)
    gateway = Gateway(Settings())
    root, first = gateway.base(""), gateway.base("first")
    root.state["kept"] = first.state["kept"] = 1
    for name in ("second", "third", "fourth"):
        gateway.base(name)
    assert gateway.base("") is root
    assert gateway.base("fourth").state == {}
    assert gateway.base("first").state == {}


def test_no_repr_shows_what_a_request_carries_or_an_answer_gives():
    headers = {"ocp-apim-subscription-key": "s3cr3t"}
    request = Request("POST", "/x", "sig=s3cr3t", headers, b"s3cr3t")
    call = Call(request, "http://127.0.0.1", body={"secret": "s3cr3t"})
    shown = repr([request, call, Answer({"access_token": "s3cr3t"}), Answer(content=b"s3cr3t")])
    assert "s3cr3t" not in shown
    assert "'/x'" in shown
