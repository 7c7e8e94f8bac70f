"""Models that outlive the suite: kept, found again, removed, refused."""

import io
import pickle
import tempfile
from typing import Any

import fsspec
import httpx
import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multivariate_bench import ROOT, TOLD, TRAINED, asked, machine, stamp
from shelf_bench import KEY, status, train

import cogml_mocks
from cogml_mocks.anomaly import shelf
from cogml_mocks.engines import multivariate
from cogml_mocks.settings import Settings


@pytest.fixture(params=["folder", "file URL"])
def place(request, tmp_path) -> str:
    path = tmp_path / "models"
    return str(path) if request.param == "folder" else path.as_uri()


def judged(base: str, model: str) -> Any:
    """What the model says of a window and a moment."""
    values = machine()
    first, count = TRAINED + TOLD - 29, 29
    variables = [
        {"variable": name, "timestamps": [stamp(first + row) for row in range(count)],
         "values": values[first:, place].tolist()}
        for place, name in enumerate(("pressure", "flow", "heat"))
    ]  # fmt: skip
    found = httpx.post(
        f"{base}{ROOT}/models/{model}:detect-last", headers=KEY, json={"variables": variables}
    )
    return found.raise_for_status().json()["results"]


def test_a_model_is_there_when_the_suite_starts_anew(place):
    with cogml_mocks.serve(models=place) as suite:
        model = train(suite.url)
        before = judged(suite.url, model)
        told = httpx.get(f"{suite.url}{ROOT}/models/{model}", headers=KEY).json()
        suite.reset()
        assert judged(suite.url, model) == before
    with cogml_mocks.serve(models=place) as suite:
        assert judged(suite.url, model) == before
        again = httpx.get(f"{suite.url}{ROOT}/models/{model}", headers=KEY).json()
        assert again["modelInfo"]["diagnosticsInfo"] == told["modelInfo"]["diagnosticsInfo"]
        assert again["createdTime"] == told["createdTime"]
        deleted = httpx.delete(f"{suite.url}{ROOT}/models/{model}", headers=KEY)
        assert deleted.status_code == 204
    with cogml_mocks.serve(models=place) as suite:
        assert httpx.get(f"{suite.url}{ROOT}/models/{model}", headers=KEY).status_code == 404


@pytest.mark.parametrize("value", [5.0, 0.0, 1.7e308, -5e-324])
def test_a_model_of_what_never_moves_is_there_again(tmp_path, value):
    with cogml_mocks.serve(models=tmp_path) as suite:
        model = train(suite.url, np.full((TRAINED, 3), value))
        before = judged(suite.url, model)
        suite.reset()
        assert judged(suite.url, model) == before
    with cogml_mocks.serve(models=tmp_path) as suite:
        assert judged(suite.url, model) == before


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.sampled_from(["still", "steps", "both ends", "once", "any"]), min_size=1, max_size=4
    ),
    st.integers(-323, 308),
    st.integers(0, 2**32 - 1),
)
def test_whatever_is_learnt_can_be_read_again(kinds, power, seed):
    """Finite values give a model of finite numbers, so none is kept that a start would refuse."""
    chance = np.random.default_rng(seed)
    large, rows = float(f"1e{power}"), 60
    columns = {
        "still": np.full(rows, large),
        "steps": np.arange(rows) * (large / rows),
        "both ends": np.where(chance.random(rows) < 0.5, -1.7e308, 1.7e308),
        "once": np.where(np.arange(rows) == 31, large, 0.0),
        "any": np.clip(chance.standard_cauchy(rows), -1, 1) * large,
    }
    values = np.stack([columns[kind] for kind in kinds], axis=1)
    about = {"names": kinds, "created": "", "updated": "", "training": asked("https://a/b.csv"),
             "states": []}  # fmt: skip
    engine = multivariate.fit(values)
    with tempfile.TemporaryDirectory() as folder:
        one = shelf.Shelf(folder, "")
        one.keep("0b0e2b1c-64a4-4d3e-8d8b-2a1f0c9d4e5f", about, engine)
        (kept,) = one.models()
    assert np.isfinite(engine.detect(values).score).all()
    assert (kept.engine.detect(values).score == engine.detect(values).score).all()


@pytest.mark.parametrize("name", ["team", "..team", "a.b c"])
def test_a_base_path_has_its_own_models(tmp_path, name):
    with cogml_mocks.serve(models=tmp_path / "models") as suite:
        model = train(suite.base(name))
    (file,) = tmp_path.rglob("*.npz")
    assert (tmp_path / "models") in file.parent.parents
    with cogml_mocks.serve(models=tmp_path / "models") as suite:
        assert judged(suite.base(name), model)
        assert httpx.get(f"{suite.url}{ROOT}/models/{model}", headers=KEY).status_code == 404


def test_what_is_kept_has_no_signature_of_an_address(tmp_path):
    with cogml_mocks.serve(models=tmp_path) as suite:
        train(suite.url)
        source = f"{suite.url}/devstoreaccount1/data/machine.csv?sig=planted-signature"
        made = httpx.post(f"{suite.url}{ROOT}/models", headers=KEY, json=asked(source))
        assert [status(made.headers["location"]) for _ in "12"][1] == "READY"
    files = list(tmp_path.glob("*.npz"))
    assert len(files) == 2
    for file in files:
        assert b"planted-signature" not in file.read_bytes()


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def _arrays(**changed: Any) -> bytes:
    made = io.BytesIO()
    np.savez(made, **changed)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not a zip file"),
        (b"PK\x03\x04 and so on", "not a zip file"),
        (pickle.dumps(Bomb()), "not a zip file"),
        (_arrays(other=np.zeros(3)), "about"),
        (_arrays(about=np.array([Bomb()], dtype=object)), "allow_pickle=False"),
        (_arrays(about=np.frombuffer(b'{"format": 9}', np.uint8)), "format 9, where 1 is read"),
        (_arrays(about=np.frombuffer(b"[1]", np.uint8)), "indices"),
    ],
    ids=range(7),
)
def test_a_file_of_another_program_is_refused_by_name(tmp_path, content, why):
    file = tmp_path / "0b0e2b1c-64a4-4d3e-8d8b-2a1f0c9d4e5f.npz"
    file.write_bytes(content)
    with (
        pytest.raises(ValueError, match=rf"{file.name} is no model.*{why}.*remove it"),
        cogml_mocks.serve(models=tmp_path),
    ):
        pytest.fail("it started")


@pytest.mark.parametrize(
    "damage",
    [
        lambda file, data: file.write_bytes(data[: len(data) // 2]),
        lambda file, data: file.write_bytes(data[:900] + bytes(64) + data[964:]),
        lambda file, data: file.rename(file.with_name("mine.npz")),
    ],
    ids=["cut off", "overwritten", "renamed"],
)
def test_a_damaged_model_is_refused_by_name(tmp_path, damage):
    with cogml_mocks.serve(models=tmp_path) as suite:
        train(suite.url)
    (file,) = tmp_path.glob("*.npz")
    damage(file, file.read_bytes())
    (file,) = tmp_path.glob("*.npz")
    with (
        pytest.raises(ValueError, match=f"{file.name} is no model"),
        cogml_mocks.serve(models=tmp_path),
    ):
        pytest.fail("it started")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"training": {}}, "training: The 'dataSource' field is required"),
        ({"training": []}, "training is list, expected an object"),
        ({"created": 5}, "int, where text is expected"),
        ({"updated": None}, "NoneType, where text is expected"),
        ({"names": [1, 2, 3]}, "int, where text is expected"),
        ({"states": {}}, "states is no list of objects"),
        ({"passes": [{"train_loss": 1.0}]}, "missing 2 required"),
        ({"passes": [{"train_loss": 1.0, "validation_loss": "x", "seconds": 0.0}]}, "'x'"),
    ],
)
def test_what_is_told_of_a_model_is_read_whole(tmp_path, changed, why):
    """At the start, and where a file was changed since: the refusal names it."""
    with cogml_mocks.serve(models=tmp_path) as suite:
        train(suite.url)
        (file,) = tmp_path.glob("*.npz")
        with np.load(file) as held:
            arrays = dict(held)
        told = orjson.loads(arrays["about"].tobytes()) | changed
        arrays["about"] = np.frombuffer(orjson.dumps(told), dtype=np.uint8)
        file.write_bytes(_arrays(**arrays))
        suite.reset()
        refused = httpx.get(f"{suite.url}{ROOT}/models", headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (500, "StorageReadError")
    assert f"{file.name} is no model" in refused.json()["message"]
    with pytest.raises(ValueError, match=f"{file.name} is no model.*{why}"):
        shelf.check(str(tmp_path))


def test_arrays_of_other_sizes_are_refused(tmp_path):
    engine = multivariate.fit(machine())
    about = {"names": ["a", "b"], "created": "", "updated": "", "training": {}, "states": []}
    shelf.Shelf(str(tmp_path), "").keep("0b0e2b1c-64a4-4d3e-8d8b-2a1f0c9d4e5f", about, engine)
    with pytest.raises(ValueError, match=r"exponent is int64 of \(3,\), expected int64 of \(2,\)"):
        shelf.check(str(tmp_path))


@pytest.mark.parametrize(
    ("make", "why"),
    [(lambda path: path.write_text("x"), "a file is there"), (None, "nowhere")],
)
def test_a_place_that_cannot_be_used_is_refused(tmp_path, make, why):
    place = "nowhere://models" if make is None else str(tmp_path / "file")
    if make is not None:
        make(tmp_path / "file")
    with (
        pytest.raises(ValueError, match=f"models: .*cannot be used.*{why}"),
        cogml_mocks.serve(models=place),
    ):
        pytest.fail("it started")


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("ftp://user:sEcret@127.0.0.1:1/x", "ftp://127.0.0.1:1/x"),
        ("simplecache::ftp://user:sEcret@127.0.0.1:1/x", "simplecache::ftp://127.0.0.1:1/x"),
        ("ftp://127.0.0.1:1/x?sig=sEcret", "ftp://127.0.0.1:1/x"),
        ("nowhere://c/x?sig=sEcret", "nowhere://c/x"),
        ("ftp://user:sEcret@[/x", "an address that cannot be read"),
    ],
)
def test_a_secret_of_a_place_is_in_no_error_and_no_repr(place, shown):
    with (
        pytest.raises(ValueError, match="cannot be used") as caught,
        cogml_mocks.serve(models=place),
    ):
        pytest.fail("it started")
    assert str(caught.value).startswith(f"models: {shown!r} cannot be used: ")
    assert "sEcret" not in str(caught.value) + repr(Settings(models=place))


def test_a_file_is_named_without_the_secret_of_its_place():
    files = fsspec.filesystem("memory")
    root = "/c?sig=sEcret"
    path = f"{root}/team/0b0e2b1c-64a4-4d3e-8d8b-2a1f0c9d4e5f.npz"
    files.pipe_file(path, b"")
    try:
        with pytest.raises(ValueError, match="is no model") as caught:
            shelf.check(f"memory:/{root}")
    finally:
        files.rm_file(path)  # not by rm, to which a ? is a pattern
    assert "memory://c/team/0b0e2b1c-64a4-4d3e-8d8b-2a1f0c9d4e5f.npz is no" in str(caught.value)
    assert "sEcret" not in str(caught.value)


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "README.txt").write_text("mine")
    with cogml_mocks.serve(models=tmp_path) as suite:
        assert train(suite.url)
    assert (tmp_path / "README.txt").read_text() == "mine"
