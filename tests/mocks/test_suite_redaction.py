"""What opens something is not kept, be it the request's or the answer's own."""

from __future__ import annotations

import json

import httpx
import pytest
from recorder_bench import SECRET, files, kept, say, say_bytes
from suite_bench import KEY

import cogml_mocks

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FIELDS = (
    *("token", "secret", "accessKey", "access_key", "sharedAccessSignature", "authorization"),
    *("authToken", "sas", "key1", "storageKey", "privateKey", "clientKey", "secretValue"),
    *("credential", "connectionString", "access_token"),
)


@pytest.mark.parametrize(
    "carried",
    [
        {"headers": {"Ocp-Apim-Subscription-Key": SECRET}},
        {"headers": {"Authorization": f"Bearer {SECRET}"}},
        {"headers": {"Cookie": f"a={SECRET}; b=2"}},
        {"headers": {"api-key": SECRET}},
        {"headers": {"x-api-key": SECRET}},
        {"headers": {"x-functions-key": SECRET}},
        {"headers": {"X-IDENTITY-HEADER": SECRET}},
        {"params": {"subscription-key": SECRET}},
        {"params": {"sv": "1", "sig": SECRET}},
        {"params": {"code": SECRET}},
        {"content": f"client_secret={SECRET}&scope=x", "headers": FORM},
        {"json": {"source": [{"clientSecret": SECRET}]}},
    ],
    ids=[
        *("key", "token", "cookie", "api-key", "x-api-key", "functions", "identity", "query"),
        *("signature", "code", "form", "field"),
    ],
)
def test_no_secret_is_kept_wherever_the_answer_repeats_it(upstream, tmp_path, carried, caplog):
    echo = {
        "said": f"you sent {SECRET}",
        "at": f"https://blob.example/x?sv=1&sig={SECRET}xyz&se=2",
        "access_token": "another-one",
        "nested": [{"key1": "a-key-of-theirs", SECRET: 1}],
        "keyPhrases": ["stay"],
    }
    headers = {"Set_Cookie": "session=abc", "X_Echo": SECRET, "X_Auth_Token": "t"}
    upstream.answers.append(say(200, echo, **headers, WWW_Authenticate="Bearer x"))
    caplog.set_level("DEBUG")
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        answer = httpx.post(f"{recording.url}/face/v1.0/detect", **carried)
        assert SECRET not in json.dumps([entry["query"] for entry in recording.requests()])
    assert answer.json()["said"] == f"you sent {SECRET}"  # the caller has the answer as it was
    (file,) = files(tmp_path)
    written = file.read_text() + file.name
    for secret in (SECRET, "another-one", "a-key-of-theirs", "session", "WWW", "x-auth"):
        assert secret not in written
    assert "keyPhrases" in written
    assert "stay" in written
    assert kept(tmp_path)["answers"][0]["headers"]["x-echo"] == "***"
    ours = [r.getMessage() for r in caplog.records if r.name == "cogml_mocks"]
    ours += [r.getMessage() for r in caplog.records if upstream.url in r.getMessage()]
    assert ours == [f"recorded {file.name}"]
    # The service itself was shown the credential.
    _, path, headers, body = upstream.seen[0]
    assert SECRET in path + "".join(headers.values()) + body.decode()


@pytest.mark.parametrize(
    "answer",
    [
        say_bytes(f"caf\xe9 {SECRET}".encode("latin-1"), "text/plain; charset=latin-1"),
        say_bytes(b"\xff\xd8" + SECRET.encode(), "image/jpeg"),
        say_bytes(f'{{"access_token":"{SECRET}","n":1e400}}'.encode(), "application/json"),
        say_bytes(f'{{"a":"b"}}\n{{"key1": "{SECRET}"}}'.encode(), "application/x-ndjson"),
        say_bytes(f"<A><AccountKey>{SECRET}</AccountKey></A>".encode(), "application/xml"),
        say_bytes(f"at https://x/?sv=1&sig={SECRET}".encode(), "text/plain"),
        *(say(200, {"a": [{name: SECRET}]}) for name in FIELDS),
    ],
    ids=["latin-1", "picture", "no JSON", "lines", "XML", "address", *FIELDS],
)
def test_no_secret_of_the_answer_s_own_is_kept(upstream, tmp_path, answer):
    upstream.answers.append(answer)
    status, _, content = answer
    # What is no text is no place to look for names in: the request shows what is to go.
    headers = {} if content.isascii() else {"api-key": SECRET}
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        given = httpx.get(f"{recording.url}/x", headers=headers)
    assert (given.status_code, given.content) == (status, content)
    with cogml_mocks.serve(recordings=tmp_path) as replaying:
        again = httpx.get(f"{replaying.url}/x", headers=KEY)
    assert again.headers["x-cogml-recorded"] == "true"
    wanted = content.replace(SECRET.encode(), b"***")
    assert again.content.replace(b" ", b"") == wanted.replace(b" ", b"")


def test_what_opens_nothing_is_kept_as_it_was(upstream, client, tmp_path):
    """Codes of errors and of countries, what leads to another page, what people write."""
    document = {
        "error": {"code": "InvalidRequest", "innererror": {"code": "1"}},
        "key": "a",
        "imageInsightsToken": "mid_1",
        "next": "https://x.example/?countryCode=US&zipcode=1&$skiptoken=2",
        "sentences": [{"text": "My password: I have lost it; the key=none."}],
    }
    xml = b"<Error><Code>BlobNotFound</Code><Message>none</Message></Error>"
    upstream.answers += [say(400, document), say_bytes(xml, "application/xml")]
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        for path in "ab":
            client.get(f"{recording.url}/{path}")
    with cogml_mocks.serve(recordings=tmp_path, strict_replay=True) as replaying:
        assert client.get(f"{replaying.url}/a").json() == document
        assert client.get(f"{replaying.url}/b").content == xml


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/secrets/name?api-version=7.5"),
        ("POST", "/a-tenant/oauth2/v2.0/token"),
        ("GET", "/msi/token"),
        ("GET", "/metadata/identity/oauth2/token"),
        ("POST", "/sts/v1.0/issueToken"),
    ],
)
def test_answers_that_are_secrets_are_never_kept(upstream, client, tmp_path, method, path):
    upstream.answers.append(say(200, {"value": SECRET, "access_token": SECRET}))
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        answer = client.request(method, recording.url + path)
    assert answer.json()["value"] == SECRET
    assert files(tmp_path) == []
