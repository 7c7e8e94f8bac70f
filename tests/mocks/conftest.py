"""One suite serves all tests; each test talks to a base path of its own."""

from __future__ import annotations

import os
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from recorder_bench import Upstream
from suite_bench import KEY, Bench

import cogml_mocks
from cogml_mocks.engines import gallery
from cogml_mocks.engines.gallery_catalogue import PICTURES


@pytest.fixture(scope="session")
def suite() -> Iterator[cogml_mocks.Suite]:
    with cogml_mocks.serve() as running:
        yield running


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """One client for all: to make one takes longer than most tests."""
    with httpx.Client(headers=KEY, timeout=60) as shared:
        yield shared


@pytest.fixture
def bench(suite: cogml_mocks.Suite, client: httpx.Client, request: pytest.FixtureRequest) -> Bench:
    name = f"{zlib.crc32(request.node.nodeid.encode()):x}"
    suite.reset(base=name)
    return Bench(suite, name, client)


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
def _upstream() -> Iterator[Upstream]:
    upstream = Upstream()
    with upstream.server as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield upstream
        server.shutdown()
        thread.join()


@pytest.fixture
def upstream(_upstream: Upstream) -> Upstream:
    """A service to record."""
    _upstream.answers.clear()
    _upstream.seen.clear()
    return _upstream


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


@pytest.fixture(scope="session")
def gallery_drawn() -> None:
    """All of the gallery's pictures are drawn before a client waits for them."""
    for picture in PICTURES:
        gallery.drawn(picture)


@pytest.fixture
def unused_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
