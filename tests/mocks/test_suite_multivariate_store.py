"""Where a store fails: a model is kept whole or is none, and is gone only where its file is."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from fsspec.implementations.local import LocalFileSystem
from multivariate_bench import ROOT, STORED, asked, csv, machine
from shelf_bench import KEY, status, train

import cogml_mocks
from cogml_mocks import operations
from cogml_mocks.anomaly import models, options, shelf
from cogml_mocks.engines import multivariate
from cogml_mocks.operations import ServiceError


def test_a_model_that_cannot_be_kept_is_no_model(tmp_path):
    place = tmp_path / "models"
    with cogml_mocks.serve(models=place) as suite:
        place.write_text("in the way")
        httpx.put(f"{suite.url}/devstoreaccount1/data?restype=container", headers=STORED)
        source = f"{suite.url}/devstoreaccount1/data/machine.csv"
        httpx.put(source, headers=STORED, content=csv(machine()))
        made = httpx.post(f"{suite.url}{ROOT}/models", headers=KEY, json=asked(source))
        assert (made.status_code, made.json()["code"]) == (500, "StorageWriteError")
        assert httpx.get(f"{suite.url}{ROOT}/models", headers=KEY).json()["currentCount"] == 0


@pytest.mark.parametrize("failing", ["pipe_file", "mv"])
def test_half_a_file_is_no_model(tmp_path, failing, monkeypatch):
    """A process that ends while it writes leaves nothing that a start would refuse."""
    whole = LocalFileSystem.pipe_file

    def broken(files, path, *content):
        if content and isinstance(content[0], bytes):
            whole(files, path, content[0][:100])
        raise OSError("no space left")

    with cogml_mocks.serve(models=tmp_path) as suite:
        train(suite.url)
    (file,) = tmp_path.glob("*.npz")
    (kept,) = shelf.Shelf(str(tmp_path), "").models()
    about = {"names": kept.names, "created": "", "updated": "", "states": [],
             "training": kept.training.to_json()}  # fmt: skip
    monkeypatch.setattr(LocalFileSystem, failing, broken)
    # What tidies up may not run either.
    monkeypatch.setattr(LocalFileSystem, "rm_file", broken)
    with pytest.raises(OSError, match="no space left"):
        shelf.Shelf(str(tmp_path), "").keep(str(uuid4()), about, kept.engine)
    assert [path for path in tmp_path.iterdir() if path.suffix == ".npz"] == [file]
    shelf.check(str(tmp_path))


class StoreError(Exception):
    """What a store raises that is no file system: no OSError, and with an address in it."""


def _fails(*_: Any, **__: Any) -> None:
    raise StoreError("https://store/?sig=sEcret")


def test_a_model_that_cannot_be_removed_is_still_there(tmp_path, monkeypatch):
    with cogml_mocks.serve(models=tmp_path) as suite:
        model = train(suite.url)
        address = f"{suite.url}{ROOT}/models/{model}"
        with monkeypatch.context() as patch:
            patch.setattr(LocalFileSystem, "rm_file", _fails)
            refused = httpx.delete(address, headers=KEY)
        assert (refused.status_code, refused.json()) == (
            500,
            {
                "code": "StorageWriteError",
                "message": "The model cannot be removed: StoreError.",
            },
        )
        assert status(address) == "READY"
        assert httpx.delete(address, headers=KEY).status_code == 204
        assert httpx.get(address, headers=KEY).status_code == 404
        assert not list(tmp_path.iterdir())


def test_a_model_whose_file_is_gone_can_be_deleted(tmp_path):
    with cogml_mocks.serve(models=tmp_path) as suite:
        address = f"{suite.url}{ROOT}/models/{train(suite.url)}"
        for file in tmp_path.iterdir():
            file.unlink()
        assert httpx.delete(address, headers=KEY).status_code == 204


def test_any_error_of_a_store_refuses_the_model(tmp_path, monkeypatch):
    monkeypatch.setattr(LocalFileSystem, "pipe_file", _fails)
    with cogml_mocks.serve(models=tmp_path) as suite:
        httpx.put(f"{suite.url}/devstoreaccount1/data?restype=container", headers=STORED)
        source = f"{suite.url}/devstoreaccount1/data/machine.csv"
        httpx.put(source, headers=STORED, content=csv(machine()))
        made = httpx.post(f"{suite.url}{ROOT}/models", headers=KEY, json=asked(source))
    assert (made.status_code, made.json()) == (
        500,
        {"code": "StorageWriteError", "message": "The model cannot be kept: StoreError."},
    )


@pytest.mark.parametrize("taken", ["before", "meanwhile"])
def test_a_model_that_is_one_too_many_leaves_no_file(tmp_path, monkeypatch, taken):
    training = options.training(asked("https://a/b.csv"))
    model = models.Trained(training, "", "", ("a", "b", "c"), engine=multivariate.fit(machine()))
    known = models.Registry(shelf.Shelf(str(tmp_path), ""))
    whole = shelf.Shelf.keep

    def keep(*arguments: Any) -> None:
        assert taken == "meanwhile"
        whole(*arguments)
        monkeypatch.setattr(models, "MAX_MODELS", 0)

    monkeypatch.setattr(shelf.Shelf, "keep", keep)
    if taken == "before":
        monkeypatch.setattr(models, "MAX_MODELS", 0)
    with pytest.raises(ServiceError) as refused:
        known.add(model)
    assert refused.value.code == "TooManyModels"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/models", {"GET", "POST"}),
        ("/models/one", {"GET", "POST", "DELETE"}),
        ("/detect-batch/one", {"GET"}),
    ],
)
def test_what_may_be_the_first_to_read_the_shelf_is_off_the_loop(path, methods):
    operations.load()
    found, _ = operations.find(ROOT + path)
    assert set(found) == methods
    assert all(operation.slow for operation in found.values())
