"""A stage signs in with a credential, a vault's secret or a linked service; none of them shows."""

from __future__ import annotations

import json
import pathlib
import pickle
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pyarrow as pa
import pytest
from harness import Endpoint, Frames

import cogml_mocks
from cogml import LoadError, ParamError, Service, planner
from cogml.cognitive import BingImageSearch, ReadImage, TextSentiment
from cogml.exchange import download, long_running
from cogml.transport import Bearer
from cogml_mocks.identity import entra

KEY = "k3y-of-the-test"
TEXTS = {"text": ["a happy day", "a sad day"]}


@pytest.fixture(scope="module")
def locked() -> Iterator[cogml_mocks.Suite]:
    """A suite that lets in one key, and tokens of its own."""
    with cogml_mocks.serve(keys=[KEY]) as suite:
        yield suite


def token() -> str:
    """A token for the services, good for an hour."""
    return entra.issue(entra.COGNITIVE_SERVICES, "tenant", 3_600)


def stage(url: str, **settings: Any) -> TextSentiment:
    return TextSentiment(endpoint=url, outputCol="out", errorCol="err", backoffs=[1], **settings)


def codes(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["err"] and row["err"]["code"] for row in rows]


# Credentials


def test_a_credential_is_asked_for_tokens(locked: cogml_mocks.Suite, frames: Frames) -> None:
    """On Spark by the workers: what travels is the function."""
    address, key = f"{locked.url}/sts/v1.0/issueToken", {"Ocp-Apim-Subscription-Key": KEY}

    def credential() -> str:
        return httpx.post(address, headers=key, trust_env=False).text

    rows = frames.rows(stage(locked.url, credential=credential).transform(frames.make(TEXTS)))
    assert codes(rows) == [None, None]


def test_a_credential_that_gives_none_is_every_rows_error(
    locked: cogml_mocks.Suite, frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cogml.transport._TOKEN_WAITS", (0.01, 0.01))

    def credential() -> str:
        raise RuntimeError("with a-secret in it")

    rows = frames.rows(stage(locked.url, credential=credential).transform(frames.make(TEXTS)))
    assert codes(rows) == ["unauthorized"] * 2
    assert "no token from" in rows[0]["err"]["message"]
    assert "a-secret" not in str(rows)


def test_a_wrong_token_is_refused(locked: cogml_mocks.Suite, eager: Frames) -> None:
    rows = eager.rows(stage(locked.url, credential=lambda: "a-token").transform(eager.make(TEXTS)))
    assert codes(rows) == ["unauthorized"] * 2


def test_a_key_goes_before_a_credential(locked: cogml_mocks.Suite, eager: Frames) -> None:
    asked = []
    signed = stage(locked.url, credential=lambda: asked.append(1) or "t", subscriptionKey=KEY)
    assert codes(eager.rows(signed.transform(eager.make(TEXTS)))) == [None, None]
    assert asked == []


@pytest.mark.parametrize("given", ["a-token", 7, None, object()])
def test_what_is_no_credential_is_refused_when_set(given: Any) -> None:
    with pytest.raises(ParamError, match="credential"):
        TextSentiment().setCredential(given)


class Locks:
    """A credential that cannot be pickled."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.secret = "a-secret"

    def get_token(self, *scopes: str) -> Any:
        return NamedTuple("Token", [("token", str), ("expires_on", float)])(token(), 4e9)


def test_a_credential_that_cannot_travel_says_how_to_go_on() -> None:
    made = planner.make(stage("http://127.0.0.1:9/", credential=Locks()))
    with pytest.raises(ParamError, match=r"Locks cannot be sent .* setCredential\(lambda"):
        pickle.dumps(made)


@pytest.mark.spark
def test_spark_says_so_before_anything_runs(spark: Any, locked: cogml_mocks.Suite) -> None:
    frame = spark.createDataFrame([("a",)], ["text"])
    with pytest.raises(ParamError, match="cannot be sent to Spark's workers"):
        stage(locked.url, credential=Locks()).transform(frame)


def test_a_credential_shows_nowhere(tmp_path: pathlib.Path, locked: cogml_mocks.Suite) -> None:
    signed = stage(locked.url, credential=Locks())
    signed.save(str(tmp_path / "stage"))
    saved = "".join(p.read_text() for p in tmp_path.rglob("part-*"))
    shown = [repr(signed), signed.explainParams(), str(signed.extractParamMap()), saved]
    assert "a-secret" not in "".join([*shown, signed._repr_html_()])
    copied = signed.copy()
    assert copied.getCredential() is signed.getCredential()
    with pytest.warns(UserWarning, match="saved without its credential; call setCredential"):
        loaded = TextSentiment.load(str(tmp_path / "stage"))
    assert loaded.getCredential() is None


class Counted:
    """A source of numbered tokens."""

    def __init__(self) -> None:
        self.given = 0

    def token(self, now: float) -> str:
        return f"token-{self.given}"

    def forget(self, token: str | None = None) -> None:
        self.given += 1


class Wants:
    """A transport that accepts one token and keeps what it was shown."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.seen: list[str | None] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        shown = request.headers.get("authorization")
        self.seen.append(shown)
        return httpx.Response(200 if shown == f"Bearer {self.wanted}" else 401)


async def _send(layer: Bearer, request: httpx.Request) -> int:
    return (await layer.handle_async_request(request)).status_code


@pytest.mark.parametrize(
    ("wanted", "status", "shown"),
    [
        ("token-0", 200, ["Bearer token-0"]),
        ("token-1", 200, ["Bearer token-0", "Bearer token-1"]),
        ("token-2", 401, ["Bearer token-0", "Bearer token-1"]),
    ],
)
def test_a_refused_token_is_replaced_once(wanted: str, status: int, shown: list[str]) -> None:
    import asyncio

    below = Wants(wanted)
    request = httpx.Request("POST", "http://host/", extensions={"token": True})
    assert asyncio.run(_send(Bearer(below, Counted()), request)) == status  # type: ignore[arg-type]
    assert below.seen == shown


def test_a_request_that_asks_for_no_token_gets_none() -> None:
    import asyncio

    below = Wants("token-0")
    asyncio.run(_send(Bearer(below, Counted()), httpx.Request("GET", "http://host/")))  # type: ignore[arg-type]
    assert below.seen == [None]


def test_tokens_go_to_the_service_alone() -> None:
    """Not to what is downloaded, nor to SearXNG; a job that is asked after is the service's."""
    made = planner.make(ReadImage(endpoint="https://host", imageUrl="http://x/", credential=token))
    submitted = made.request((), {"apiVersion": "v3.2"}, b"{}")
    assert submitted.extensions["token"] is True
    job = long_running(submitted, pause=0.0, polls=1)
    next(job)
    job.send(httpx.Response(202, headers={"operation-location": "https://host/1"}))
    assert next(job).extensions["token"] is True
    fetched = next(download("http://elsewhere/picture.png"))
    assert not fetched.extensions.get("token")
    assert "authorization" not in fetched.headers
    search = BingImageSearch(backend="searxng", endpoint="http://s", query="q")
    assert planner.make(search.setCredential(token)).tokens is None
    sent = planner.make(search.setSubscriptionKey("k").setAADToken("t")).request(
        (), {"query": "q"}, None
    )
    assert not {"authorization", "ocp-apim-subscription-key"} & set(sent.headers)


# Secrets of a vault


@pytest.fixture
def vault(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[cogml_mocks.Suite]:
    """A vault with the key in it, and an application that may read it."""
    folder = tmp_path_factory.mktemp("tls")
    tenant = "00000000-0000-0000-0000-00000000000a"
    with cogml_mocks.serve(
        tls=folder, secrets={"the-key": KEY}, tenant=tenant, clients={"app": "app-secret"}
    ) as suite:
        monkeypatch.setenv("COGML_VAULT_URL", suite.url)
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", suite.url)
        monkeypatch.setenv("AZURE_TENANT_ID", tenant)
        monkeypatch.setenv("AZURE_CLIENT_ID", "app")
        monkeypatch.setenv("AZURE_CLIENT_SECRET", "app-secret")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "ca.pem"))
        monkeypatch.delenv("COGML_ENDPOINT", raising=False)
        yield suite


@pytest.mark.parametrize("reference", ["vault:the-key", "vault:any-vault/the-key"])
def test_a_reference_is_read_when_transform_is_called(
    reference: str, vault: cogml_mocks.Suite, locked: cogml_mocks.Suite, tmp_path: pathlib.Path
) -> None:
    signed = stage(locked.url, subscriptionKey=reference)
    assert codes(signed.transform(pa.table(TEXTS)).to_pylist()) == [None, None]
    assert reference in repr(signed)
    signed.save(str(tmp_path / "stage"))
    loaded = Service.load(str(tmp_path / "stage"))
    assert codes(loaded.transform(pa.table(TEXTS)).to_pylist()) == [None, None]
    assert KEY not in "".join(p.read_text() for p in tmp_path.rglob("part-*"))


def test_a_reference_without_a_vault_says_what_to_write(endpoint: Endpoint) -> None:
    with pytest.raises(ParamError, match=r"vault:VAULT/NAME, or set .* COGML_VAULT_URL"):
        stage(endpoint.url, subscriptionKey="vault:the-key").transform(pa.table(TEXTS))
    assert endpoint.requests() == []


# Linked services


@pytest.fixture
def linked(
    locked: cogml_mocks.Suite, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", KEY)
    services = {"language": {"endpoint": locked.url, "key": "env:THE_KEY"}}
    (tmp_path / "linked.json").write_text(json.dumps(services))
    monkeypatch.setenv("COGML_LINKED_SERVICES", str(tmp_path / "linked.json"))
    monkeypatch.delenv("COGML_ENDPOINT", raising=False)


def linked_stage(**settings: Any) -> TextSentiment:
    return TextSentiment(linkedService="language", outputCol="out", errorCol="err", **settings)


def test_a_linked_service_gives_address_and_key(linked: None, frames: Frames) -> None:
    """Looked up by the driver: workers have no such file."""
    rows = frames.rows(linked_stage().transform(frames.make(TEXTS)))
    assert codes(rows) == [None, None]


def test_what_is_set_goes_before_a_linked_service(
    linked: None, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COGML_ENDPOINT")
    own = linked_stage(endpoint=endpoint.url, subscriptionKey="another")
    assert codes(own.transform(pa.table(TEXTS)).to_pylist()) == [None, None]
    assert len(endpoint.requests()) == 1
    monkeypatch.setenv("COGML_ENDPOINT", endpoint.url)
    assert codes(linked_stage().transform(pa.table(TEXTS)).to_pylist()) == [None, None]
    assert len(endpoint.requests()) == 2


def test_an_unknown_linked_service_raises_before_the_first_request(linked: None) -> None:
    with pytest.raises(ParamError, match=r"no linked service 'speech'.*there are: language"):
        linked_stage().setLinkedService("speech").transform(pa.table(TEXTS))


def test_a_saved_stage_holds_the_linked_services_name(
    linked: None, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked_stage().save(str(tmp_path / "stage"))
    loaded = TextSentiment.load(str(tmp_path / "stage"))
    assert codes(loaded.transform(pa.table(TEXTS)).to_pylist()) == [None, None]
    with pytest.raises(LoadError, match="no saved stage"):
        TextSentiment.load(str(tmp_path / "nothing"))
