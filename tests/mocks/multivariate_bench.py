"""What tests of multivariate models share: a machine that breaks, its files, how it is asked."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np

ROOT = "/anomalydetector/v1.1/multivariate"
ACCOUNT = "devstoreaccount1"
STORED = {"Authorization": f"SharedKey {ACCOUNT}:c2ln", "x-ms-blob-type": "BlockBlob"}
START = datetime(2024, 1, 1, tzinfo=UTC)
NAMES = ("pressure", "flow", "heat")
WINDOW = 28
TRAINED, TOLD = 400, 200
BROKEN = range(TRAINED + 100, TRAINED + 130)


def stamp(row: int) -> str:
    return (START + timedelta(minutes=row)).isoformat().replace("+00:00", "Z")


def machine(rows: int = TRAINED + TOLD, seed: int = 1) -> np.ndarray:
    """Three variables that follow one load; where it is broken the flow goes its own way."""
    chance = np.random.default_rng(seed)
    time = np.arange(rows)
    load = np.sin(time / 20) + 0.5 * np.sin(time / 7.3)
    values = np.outer(load, [1.0, 2.0, -1.5]) + 0.1 * chance.normal(size=(rows, 3))
    for row in BROKEN:
        if row < rows:
            values[row, 1] = 2 * chance.normal()
    return values


def csv(values: Any, names: tuple = NAMES, first: int = 0) -> bytes:
    lines = [",".join(("timestamp", *names))]
    lines += [
        ",".join((stamp(first + row), *("" if np.isnan(v) else repr(float(v)) for v in line)))
        for row, line in enumerate(values)
    ]
    return "\n".join(lines).encode()


def apart(values: Any, names: tuple = NAMES) -> dict[str, bytes]:
    return {f"{name}.csv": csv(values[:, [place]], ("value",)) for place, name in enumerate(names)}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def store(bench, name: str, content: bytes) -> str:
    """Keep a blob; return its address."""
    root = f"{bench.url}/{ACCOUNT}/data"
    bench.client.put(root, params={"restype": "container"}, headers=STORED)
    assert bench.client.put(f"{root}/{name}", content=content, headers=STORED).status_code == 201
    return f"{root}/{name}"


def asked(source: str, rows: int = TRAINED, **further: Any) -> dict[str, Any]:
    return {
        "dataSource": source, "startTime": stamp(0), "endTime": stamp(rows - 1),
        "slidingWindow": WINDOW, **further,
    }  # fmt: skip


def get(bench, path: str) -> httpx.Response:
    return bench.client.get(f"{bench.url}{ROOT}{path}")


def trained(bench, body: dict[str, Any]) -> dict[str, Any]:
    """Train a model and poll it to its end."""
    created = bench.post(f"{ROOT}/models", body)
    assert created.status_code == 201, created.text
    assert created.json()["modelInfo"]["status"] == "CREATED"
    path = created.headers["location"].removeprefix(bench.url + ROOT)
    running = get(bench, path).json()
    assert running["modelInfo"]["status"] == "RUNNING"
    assert running["modelInfo"]["diagnosticsInfo"]["variableStates"] == []
    done = get(bench, path).json()
    assert done == get(bench, path).json()
    return done


def failed(bench, body: dict[str, Any]) -> tuple[str, str]:
    info = trained(bench, body)["modelInfo"]
    assert info["status"] == "FAILED"
    (error,) = info["errors"]
    return error["code"], error["message"]


def detected(bench, model: str, body: dict[str, Any]) -> dict[str, Any]:
    accepted = bench.post(f"{ROOT}/models/{model}:detect-batch", body)
    assert accepted.status_code == 202, accepted.text
    assert accepted.json()["summary"]["status"] == "CREATED"
    assert accepted.headers["operation-id"] == accepted.json()["resultId"]
    path = accepted.headers["operation-location"].removeprefix(bench.url + ROOT)
    assert get(bench, path).json()["summary"]["status"] == "RUNNING"
    return get(bench, path).json()


def refusal(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert set(body) == {"code", "message"}
    assert response.headers["x-ms-error-code"] == body["code"]
    return response.status_code, body["code"]
