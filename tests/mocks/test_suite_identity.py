"""Three ways lead to a token; each refuses in its own words. Services ask what it is for."""

import base64
import json
import time

import httpx
import pytest
from suite_bench import KEY, V31, batch

import cogml_mocks
from cogml_mocks.identity import assertions, entra
from cogml_mocks.settings import Settings

TENANT = Settings().tenant
COGNITIVE = "https://cognitiveservices.azure.com"
SECRETS = {"an-app": "its-secret"}
FORM = {
    "grant_type": "client_credentials",
    "client_id": "an-app",
    "client_secret": "its-secret",
    "scope": f"{COGNITIVE}/.default",
}
MACHINE = {"api-version": "2018-02-01", "resource": COGNITIVE}
TRUE = {"Metadata": "true"}
APP = {"api-version": "2019-08-01", "resource": COGNITIVE}


@pytest.fixture(scope="module")
def strict():
    with cogml_mocks.serve(clients=SECRETS, msi_header="the-header", token_seconds=600) as running:
        yield running


@pytest.fixture
def ask(strict, client):
    """Send the form of an application, changed as said; ``None`` leaves a field out."""

    def send(tenant=TENANT, version="v2.0/", headers=None, **form):
        form = {name: value for name, value in (FORM | form).items() if value is not None}
        url = f"{strict.url}/{tenant}/oauth2/{version}token"
        return client.post(url, data=form, headers=headers)

    return send


@pytest.fixture
def get(strict, client):
    def send(path, params=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get(strict.url + path, params=params, headers=named)

    return send


# --- tokens


def test_a_token_says_what_it_is_for_and_until_when():
    token = entra.issue(COGNITIVE, TENANT, 60, "an-app")
    found = entra.claims(token)
    assert found == found | {"aud": COGNITIVE, "tid": TENANT, "appid": "an-app"}
    assert found["exp"] == pytest.approx(time.time() + 60, abs=5)
    assert entra.admits(token, COGNITIVE)
    assert entra.admits(token, COGNITIVE + "/")
    assert not entra.admits(token, "https://vault.azure.net")


def test_a_token_that_has_run_out_is_known_but_not_admitted():
    token = entra.issue(COGNITIVE, TENANT, 0)
    assert entra.claims(token)["aud"] == COGNITIVE
    assert not entra.admits(token, COGNITIVE)


def test_what_was_changed_or_never_issued_says_nothing():
    head, body, signature = entra.issue(COGNITIVE, TENANT, 60).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    longer = json.dumps(claims | {"exp": claims["exp"] + 1}).encode()
    forged = base64.urlsafe_b64encode(longer).rstrip(b"=").decode()
    for text in (
        f"{head}.{forged}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature}x",
        f"{head}.{body}.ÿ",
        "\ud800",
        "",
        "..",
    ):
        assert entra.claims(text) is None
        assert not entra.admits(text, COGNITIVE)


# --- an application


def test_an_application_gets_a_token_for_its_secret(ask):
    given = ask()
    answer = given.json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == answer["ext_expires_in"] == 600
    assert entra.admits(answer["access_token"], COGNITIVE)
    assert "no-store" in given.headers["cache-control"]


def test_an_application_may_show_its_secret_in_a_header(ask):
    def basic(text):
        encoded = base64.b64encode(text.encode()).decode()
        shown = {"Authorization": f"Basic {encoded}"}
        return ask(client_id=None, client_secret=None, headers=shown)

    assert basic("an-app:its-secret").status_code == 200
    assert basic("an%2Dapp:its-%73ecret").status_code == 200
    assert basic("an-app:other").json()["error_codes"] == [7000215]
    assert basic("an-app").json()["error_codes"] == [7000216]
    broken = ask(headers={"Authorization": "Basic !"})
    assert (broken.status_code, broken.json()["error_codes"]) == (400, [90023])


def test_the_first_version_names_the_resource_and_answers_numbers_as_text(ask):
    given = ask(version="", scope=None, resource=COGNITIVE).json()
    assert given["expires_in"] == "600"
    assert int(given["expires_on"]) == pytest.approx(time.time() + 600, abs=5)
    assert given["resource"] == COGNITIVE
    assert entra.admits(given["access_token"], COGNITIVE)
    assert ask(version="").json()["error_codes"] == [900144]
    assert ask(version="", resource="https://no.such").json()["error_codes"] == [500011]


@pytest.mark.parametrize("tenant", [TENANT, "common", "organizations"])
def test_a_directory_says_where_its_endpoints_are(get, strict, tenant):
    base = f"{strict.base('x')}/{tenant}"
    found = get(f"/t/x/{tenant}/v2.0/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"{base}/oauth2/v2.0/token"
    issuer = TENANT if tenant == TENANT else "{tenantid}"
    assert found["issuer"] == f"{strict.base('x')}/{issuer}/v2.0"
    assert "authorization_endpoint" in found
    first = get(f"/t/x/{tenant}/.well-known/openid-configuration").json()
    assert first["token_endpoint"] == f"{base}/oauth2/token"


@pytest.mark.parametrize(
    ("tenant", "number"), [("elsewhere", 900023), ("else.where", 90002), ("0" * 36, 900023)]
)
def test_no_other_directory_is_there(get, ask, tenant, number):
    answer = get(f"/{tenant}/v2.0/.well-known/openid-configuration")
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [number])
    assert ask(tenant=tenant).json()["error_codes"] == [number]


@pytest.mark.parametrize(
    ("form", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": "ünd"}, 401, "invalid_client", 7000215),
        ({"client_secret": None}, 401, "invalid_client", 7000216),
        ({"client_id": "unknown"}, 400, "unauthorized_client", 700016),
        ({"client_id": None}, 400, "invalid_request", 900144),
        ({"grant_type": None}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"scope": None}, 400, "invalid_request", 900144),
        ({"scope": COGNITIVE}, 400, "invalid_scope", 1002012),
        ({"scope": f"{COGNITIVE}/.default openid"}, 400, "invalid_scope", 1002012),
        ({"scope": "https://no.such/.default"}, 400, "invalid_resource", 500011),
        ({"tenant": "common"}, 400, "invalid_request", 50059),
        ({"tenant": "0" * 8 + "-0000" * 3 + "-" + "0" * 12}, 400, "invalid_request", 90002),
        ({f"x{n}": "" for n in range(101)}, 400, "invalid_request", 90023),
    ],
)
def test_entra_refuses_with_a_number(ask, form, status, error, number):
    answer = ask(**form)
    found = answer.json()
    assert (answer.status_code, found["error"], found["error_codes"]) == (status, error, [number])
    assert found["error_description"].startswith(f"AADSTS{number}: ")
    assert {"timestamp", "trace_id", "correlation_id", "error_uri"} <= set(found)
    assert "its-secret" not in answer.text


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"\xff\xfe=%ff", 400), (b"{}", 400), (b"&&&=", 400), (b"x" * 70_000, 413)],
    ids=range(5),
)
def test_a_body_that_is_no_form_is_refused(strict, client, content, status):
    url = f"{strict.url}/{TENANT}/oauth2/v2.0/token"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused = client.post(url, content=content, headers=form)
    assert refused.status_code == status
    assert "error_description" in refused.json()


def test_a_body_of_another_media_type_has_no_fields(strict, client):
    refused = client.post(f"{strict.url}/{TENANT}/oauth2/v2.0/token", json=FORM)
    assert (refused.status_code, refused.json()["error_codes"]) == (400, [900144])


def test_with_no_clients_configured_any_secret_will_do_but_none(suite, client):
    def status(**form):
        url = f"{suite.url}/{TENANT}/oauth2/v2.0/token"
        return client.post(url, data=FORM | form).status_code

    assert status(client_id="any", client_secret="any") == 200
    assert status(client_id="any", client_secret="") == 401


# --- an identity of the machine's own


def test_a_machine_answers_numbers_as_text(get):
    found = get("/metadata/identity/oauth2/token", MACHINE, Metadata="true").json()
    assert found["expires_in"] == "600"
    assert int(found["expires_on"]) == pytest.approx(time.time() + 600, abs=5)
    assert found["resource"] == COGNITIVE


@pytest.mark.parametrize(
    ("query", "headers", "error"),
    [
        (MACHINE, {}, "invalid_request"),
        (MACHINE, {"Metadata": ""}, "invalid_request"),
        (MACHINE, {"Metadata": "false"}, "invalid_request"),
        (MACHINE, TRUE | {"X_Forwarded_For": "10.0.0.1"}, "invalid_request"),
        (MACHINE | {"api-version": ""}, TRUE, "invalid_request"),
        (MACHINE | {"resource": ""}, TRUE, "invalid_request"),
        (MACHINE | {"resource": "https://no.such"}, TRUE, "invalid_resource"),
        (MACHINE | {"client_id": "unknown"}, TRUE, "invalid_request"),
        (MACHINE | {"object_id": "unknown"}, TRUE, "invalid_request"),
        (MACHINE | {"client_id": "an-app", "object_id": "x"}, TRUE, "invalid_request"),
    ],
)
def test_a_machine_refuses_in_its_own_words(get, query, headers, error):
    answer = get("/metadata/identity/oauth2/token", query, **headers)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.json()["error"] == error


@pytest.mark.parametrize(
    ("query", "header", "status"),
    [
        (APP, "", 401),
        (APP, "another", 401),
        (APP | {"api-version": ""}, "the-header", 400),
        (APP | {"api-version": "2017-09-01"}, "the-header", 400),
        (APP | {"resource": ""}, "the-header", 400),
        (APP | {"client_id": "unknown"}, "the-header", 400),
        (APP | {"mi_res_id": "unknown"}, "the-header", 400),
    ],
)
def test_an_app_service_refuses_in_its_own_words(get, query, header, status):
    answer = get("/msi/token", query, X_IDENTITY_HEADER=header)
    assert answer.status_code == status
    assert set(answer.json()) == {"statusCode", "message", "correlationId"}
    assert answer.json()["statusCode"] == status


def test_an_identity_may_be_one_of_several(get):
    given = get("/msi/token", APP | {"client_id": "an-app"}, X_IDENTITY_HEADER="the-header").json()
    assert given["client_id"] == "an-app"
    assert entra.claims(given["access_token"])["appid"] == "an-app"


# --- what a token opens


@pytest.fixture(scope="module")
def locked():
    with cogml_mocks.serve(keys=["the-key"]) as running:
        yield running


def enter(suite, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{suite.url}{V31}/keyPhrases", json=batch("a word"), headers=named)


def bearer(resource=COGNITIVE, seconds=3_600):
    return f"Bearer {entra.issue(resource, TENANT, seconds)}"


REFUSED = [
    {"Authorization": bearer("https://vault.azure.net")},
    {"Authorization": bearer("https://ai.azure.com")},
    {"Authorization": bearer(seconds=-1)},
    {"Authorization": bearer() + "x"},
    {"Authorization": "Bearer garbage"},
    {"Authorization": bearer(seconds=-1), "Ocp_Apim_Subscription_Key": "wrong"},
]
MISSING = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Basic garbage"},
    {"Ocp_Apim_Subscription_Key": ""},
    {"Ocp_Apim_Subscription_Key": "wrong"},
    {"Ocp_Apim_Subscription_Key": "wrong", "Ocp_Apim_Subscription_Region": "westeurope"},
]
ADMITTED = [
    {"Ocp_Apim_Subscription_Key": "the-key"},
    {"Ocp_Apim_Subscription_Key": "the-key", "Ocp_Apim_Subscription_Region": "westeurope"},
    {"Authorization": bearer()},
    {"Authorization": bearer(COGNITIVE + "/")},
    {"Authorization": bearer(), "Ocp_Apim_Subscription_Key": "wrong"},
    {"Authorization": "Bearer garbage", "Ocp_Apim_Subscription_Key": "the-key"},
]


@pytest.mark.parametrize("headers", ADMITTED, ids=range(len(ADMITTED)))
def test_a_good_key_or_a_good_token_lets_in(locked, headers):
    assert enter(locked, **headers).status_code == 200


@pytest.mark.parametrize("headers", MISSING, ids=range(len(MISSING)))
def test_no_credential_or_a_wrong_key_is_refused(locked, headers):
    answer = enter(locked, **headers)
    assert (answer.status_code, answer.reason_phrase) == (401, "PermissionDenied")
    assert answer.json()["error"]["message"].startswith("Access denied due to invalid subscription")
    assert not {"retry-after", "apim-request-id"} & set(answer.headers)


@pytest.mark.parametrize("headers", REFUSED, ids=range(len(REFUSED)))
def test_a_token_for_something_else_or_no_longer_is_refused_as_the_gateway_does(locked, headers):
    answer = enter(locked, **headers)
    assert (answer.status_code, answer.reason_phrase) == (401, "PermissionDenied")
    assert answer.json() == {
        "statusCode": 401,
        "message": "Unauthorized. Access token is missing, invalid, audience is incorrect "
        "(https://cognitiveservices.azure.com), or have expired.",
    }
    assert not {"retry-after", "apim-request-id"} & set(answer.headers)


def test_without_keys_anything_lets_in_but_a_token_that_says_it_is_for_something_else(suite):
    assert enter(suite, Authorization="Bearer garbage").status_code == 200
    assert enter(suite, Authorization=bearer("https://vault.azure.net")).status_code == 401
    assert enter(suite, Authorization=bearer(seconds=-1)).status_code == 401
    expired = {"Authorization": bearer(seconds=-1), "Ocp_Apim_Subscription_Key": "any"}
    assert enter(suite, **expired).status_code == 200, "a good key needs no token"


def test_a_token_given_for_a_key_stands_for_it(locked):
    address = f"{locked.url}/sts/v1.0/issueToken"
    assert httpx.post(address, headers=KEY).status_code == 401
    given = httpx.post(address, headers={"Ocp-Apim-Subscription-Key": "the-key"}).text
    assert enter(locked, Authorization=f"Bearer {given}").status_code == 200


def test_a_token_shows_in_no_log(locked, caplog):
    good, bad = bearer(), bearer(seconds=-1)
    with caplog.at_level("DEBUG", logger="cogml_mocks"):
        enter(locked, Authorization=good)
        enter(locked, Authorization=bad)
    logged = caplog.text + str(locked.requests())
    assert good.partition(" ")[2] not in logged
    assert bad.partition(" ")[2] not in logged


def test_what_was_signed_is_in_no_repr():
    shown = repr(assertions.Assertion({"alg": "RS256"}, {"jti": "SECRET"}, b"SECRET", b"SECRET"))
    assert "SECRET" not in shown
    assert "RS256" in shown
