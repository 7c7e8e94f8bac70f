"""One suite and at most one Spark session serve all tests; a test is written for all frames."""

from __future__ import annotations

import gc
import itertools
import os
import sys
import time
import warnings
from collections.abc import Generator, Iterator
from typing import Any

import grouping
import hypothesis
import pytest
from harness import EAGER, LAZY, Endpoint, Frames, SparkFrames

import cogml.java
import cogml_mocks
from cogml import Service
from cogml.loop import process_loop

_NAMES = itertools.count()
_REGISTRY = dict(Service.registry)

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--spark",
        default="classic",
        choices=("classic", "connect"),
        help="which Spark the tests marked spark use; a process can have only one",
    )


def pytest_configure(config: pytest.Config) -> None:
    if cogml.java.spark_version().startswith("3."):
        # PySpark 3.5 leaves the sockets that rows come through for the garbage collector to close,
        # in whatever test it runs; and it asks pandas what pandas 2.2 would rather not be asked.
        for line in (
            "ignore:unclosed <socket:ResourceWarning",
            "ignore:.*<socket.socket",
            "ignore:is_datetime64tz_dtype is deprecated:DeprecationWarning",
        ):
            config.addinivalue_line("filterwarnings", line)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are numbered: they may hold a time, and all processes must collect the same names."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    grouping.assign(items)
    if config.getoption("loadgroup", False):
        grouping.order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    if node.config.getoption("dist") == "loadgroup":
        grouping.check(ids)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected lives to the end: to look for garbage in it took a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def suite() -> Iterator[cogml_mocks.Suite]:
    with cogml_mocks.serve() as running:
        yield running


@pytest.fixture
def endpoint(suite: cogml_mocks.Suite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The suite as this test alone sees it, named by COGML_ENDPOINT."""
    place = Endpoint(suite, f"test{next(_NAMES)}")
    monkeypatch.setenv("COGML_ENDPOINT", place.url)
    yield place
    suite.reset(base=place.name)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set on the machine is no part of a test."""
    for name in ("COGML_ENDPOINT", "COGML_SUBSCRIPTION_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_waits_of_other_tests() -> None:
    """What a host said to one test holds no other back."""
    process_loop().hosts.clear()


@pytest.fixture(autouse=True)
def _no_stages_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that a test, or its module, declares is in the registry for no other test."""
    monkeypatch.setattr(Service, "registry", dict(_REGISTRY))


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process lives by the clock of New York."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="session")
def spark(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A session of two cores, classic or Connect."""
    from pyspark.sql import SparkSession

    mode = request.config.getoption("--spark")
    version = cogml.java.spark_version()
    if mode == "connect" and version.startswith("3."):
        pytest.skip(f"the package of Spark {version} carries no Connect server")
    cogml.java.prepare()
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    warehouse = tmp_path_factory.mktemp("warehouse")
    builder = (
        SparkSession.builder.config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", str(warehouse))
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.connect.grpc.binding.address", "127.0.0.1")
    )
    local = builder.remote("local[2]") if mode == "connect" else builder.master("local[2]")
    with warnings.catch_warnings():
        # Connect hands these to the server it starts, then finds that they cannot be changed.
        warnings.filterwarnings("ignore", "Failed to set spark", UserWarning)
        session = local.getOrCreate()
    yield session
    session.stop()


SPARK = pytest.param("spark", marks=pytest.mark.spark)


def frames_named(name: str, request: pytest.FixtureRequest) -> Frames:
    if name == "spark":
        return SparkFrames(request.getfixturevalue("spark"))
    return (EAGER | LAZY)[name]()


@pytest.fixture(params=[*EAGER, *LAZY, SPARK])
def frames(request: pytest.FixtureRequest) -> Frames:
    """Every kind of frame, one after the other."""
    return frames_named(request.param, request)


@pytest.fixture(params=[*EAGER])
def eager(request: pytest.FixtureRequest) -> Frames:
    """The frames that are transformed at once."""
    return frames_named(request.param, request)
