"""What tests of kept models share: how one is trained in a suite of the test's own."""

from typing import Any

import httpx
from multivariate_bench import ROOT, STORED, asked, csv, machine
from suite_bench import KEY


def train(base: str, values: Any = None) -> str:
    """A model that is ready."""
    httpx.put(f"{base}/devstoreaccount1/data?restype=container", headers=STORED)
    source = f"{base}/devstoreaccount1/data/machine.csv"
    content = csv(machine() if values is None else values)
    httpx.put(source, headers=STORED, content=content).raise_for_status()
    made = httpx.post(f"{base}{ROOT}/models", headers=KEY, json=asked(source))
    address = made.headers["location"]
    assert [status(address) for _ in "12"] == ["RUNNING", "READY"]
    return str(made.json()["modelId"])


def status(address: str) -> str:
    return str(httpx.get(address, headers=KEY).json()["modelInfo"]["status"])
