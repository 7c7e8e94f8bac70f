"""What image search refuses: each refusal names the parameter, in the service's own envelope."""

import httpx
import pytest

PATHS = ("/v7.0/images/search", "/bing/v7.0/images/search")


@pytest.fixture
def search(bench):
    def send(q=None, path=PATHS[0], **parameters):
        asked = parameters if q is None else {"q": q} | parameters
        return bench.client.get(bench.url + path, params=asked)

    return send


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("count", "0"), ("count", "151"), ("count", "-1"), ("count", "ten"), ("count", ""),
        ("count", "1.5"), ("count", "\u0663"), ("count", "9" * 5000), ("offset", "-1"),
        ("offset", "x"), ("aspect", "Round"), ("size", "Huge"), ("color", "Mauve"),
        ("imageType", "Painting"), ("imageContent", "Hand"), ("license", "Mine"),
        ("freshness", "Year"), ("safeSearch", "Maybe"), ("width", "0"), ("height", "x"),
        ("minWidth", "-1"), ("maxHeight", "x"), ("minFileSize", "x"), ("maxFileSize", "1e3"),
        ("mkt", "english"), ("setLang", "e"), ("cc", "USA"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_allowed_is_named(search, parameter, value):
    response = search("cat", **{parameter: value})
    assert response.status_code == 400
    answer = response.json()
    (error,) = answer["errors"]
    details = error.pop("moreDetails")
    assert details.startswith("It is ")
    assert error.pop("value", "") == value[:100]
    assert answer == {
        "_type": "ErrorResponse",
        "errors": [
            {
                "code": "InvalidRequest",
                "subCode": "ParameterInvalidValue",
                "message": "Parameter has invalid value.",
                "parameter": parameter,
            }
        ],
    }


@pytest.mark.parametrize("query", [None, "", "  "])
@pytest.mark.parametrize("path", PATHS)
def test_a_query_is_required(search, path, query):
    response = search(query, path)
    assert response.status_code == 400
    assert response.json() == {
        "_type": "ErrorResponse",
        "errors": [
            {
                "code": "InvalidRequest",
                "subCode": "ParameterMissing",
                "message": "Required parameter is missing.",
                "parameter": "q",
            }
        ],
    }


@pytest.mark.parametrize("side", ["Width", "Height"])
def test_a_side_excludes_its_bounds(search, side):
    for bound in (f"min{side}", f"max{side}"):
        response = search("cat", **{side.lower(): 500, bound: 500})
        assert response.status_code == 400
        assert response.json()["errors"][0]["parameter"] == bound


def test_faults_have_the_envelope_of_the_service(search, bench):
    wanted = {
        401: ("InvalidAuthorization", "AuthorizationMissing"),
        403: ("InsufficientAuthorization", "AuthorizationDisabled"),
        410: ("InvalidRequest", "HttpNotAllowed"),
        429: ("RateLimitExceeded", None),
        500: ("ServerError", "UnexpectedError"),
    }
    for status, (code, sub_code) in wanted.items():
        bench.fault(status=status, times=1)
        response = search("cat")
        assert response.status_code == status
        assert response.json()["_type"] == "ErrorResponse"
        (error,) = response.json()["errors"]
        assert (error["code"], error.get("subCode")) == (code, sub_code)
        if status == 401:
            assert error["message"] == "Authorization is required."
            assert error["moreDetails"] == "Subscription key is not recognized."


def test_a_key_is_needed_and_other_paths_are_not_there(bench):
    assert httpx.get(f"{bench.url}{PATHS[0]}?q=cat").status_code == 401
    unknown = bench.client.get(f"{bench.url}/bing/v7.0/images/visualsearch")
    assert unknown.status_code == 404
    assert unknown.json()["_type"] == "ErrorResponse"
    assert bench.post(PATHS[0], {}).status_code == 405
