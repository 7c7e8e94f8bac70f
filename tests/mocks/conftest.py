"""One suite serves all tests; each test talks to a base path of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cogml_mocks
import httpx
import pytest

V31 = "/text/analytics/v3.1"
LANGUAGE = "/language/:analyze-text?api-version=2023-04-01"
KEY = {"Ocp-Apim-Subscription-Key": "a-key"}


@dataclass
class Bench:
    """A suite, a base path of it, and a client that carries a key."""

    suite: cogml_mocks.Suite
    name: str
    client: httpx.Client

    @property
    def url(self) -> str:
        return self.suite.base(self.name)

    def fault(self, **rule: Any) -> None:
        self.suite.faults(rule, base=self.name)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.client.post(self.url + path, json=body, **options)

    def sentiment(self, *texts: str, query: str = "") -> httpx.Response:
        return self.post(f"{V31}/sentiment{query}", batch(*texts))

    def analyze(self, kind: str, *texts: str, **parameters: Any) -> httpx.Response:
        given = {"kind": kind, "analysisInput": batch(*texts), "parameters": parameters}
        return self.post(LANGUAGE, given)


def batch(*texts: str) -> dict[str, Any]:
    return {"documents": [{"id": str(i), "text": text} for i, text in enumerate(texts)]}


@pytest.fixture(scope="session")
def suite() -> Iterator[cogml_mocks.Suite]:
    with cogml_mocks.serve() as running:
        yield running


@pytest.fixture
def bench(suite: cogml_mocks.Suite, request: pytest.FixtureRequest) -> Iterator[Bench]:
    name = f"{request.node.nodeid.__hash__():x}"
    suite.reset(base=name)
    with httpx.Client(headers=KEY, timeout=10) as client:
        yield Bench(suite, name, client)


@pytest.fixture
def exchange(suite: cogml_mocks.Suite) -> Callable[..., bytes]:
    """Send bytes over a socket of its own, read until the server closes or answers enough."""

    def send(*pieces: bytes, until: Callable[[bytes], bool] | None = None) -> bytes:
        port = int(suite.url.rpartition(":")[2])
        received = b""
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            for piece in pieces:
                sock.sendall(piece)
            while until is None or not until(received):
                data = sock.recv(65_536)
                if not data:
                    break
                received += data
        return received

    return send


@pytest.fixture(scope="session")
def specs() -> Path:
    given = os.environ.get("COGML_TEST_SPECS")
    data = os.environ.get("COGML_TEST_DATA")
    if given is None and data is None:
        pytest.skip("neither COGML_TEST_SPECS nor COGML_TEST_DATA is set")
    folder = Path(given) if given is not None else Path(str(data)).parent / "specs"
    if not folder.is_dir():
        pytest.skip("the folder of the service's API files is not there")
    return folder


@pytest.fixture(scope="session")
def reviews() -> list[tuple[float, str]]:
    """Sentences of reviews with the mean of twenty human ratings, -4 to 4."""
    data = os.environ.get("COGML_TEST_DATA")
    if data is None:
        pytest.skip("COGML_TEST_DATA is not set")
    path = Path(data) / "text" / "amazonReviewSnippets_GroundTruth.txt"
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [(float(rating), text) for _, rating, text in rows]
