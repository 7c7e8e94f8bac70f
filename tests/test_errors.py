"""A wrong setting raises; a failed row carries one of a closed list of codes."""

import copy
import dataclasses
import pickle
from typing import get_args

import pyarrow as pa
import pytest

import cogml
from cogml import schema
from cogml.credentials import TokenError
from cogml.errors import (
    CODES,
    Code,
    CogmlError,
    FitError,
    LoadError,
    MissingPackage,
    ParamError,
    ServiceError,
    one_of,
)
from cogml.vault import VaultError


def test_codes_are_a_closed_list():
    assert CODES == get_args(Code) == cogml.CODES
    assert set(CODES) == {
        "unauthorized",
        "rejected",
        "retired",
        "throttled",
        "unavailable",
        "timeout",
        "job_failed",
        "row_rejected",
        "bad_response",
        "internal",
    }
    assert len(CODES) == len(set(CODES))


@pytest.mark.parametrize(
    ("error", "builtin"),
    [(ParamError, ValueError), (MissingPackage, ImportError), (LoadError, ValueError)],
)
def test_each_exception_is_cogmls_and_a_builtin(error, builtin):
    with pytest.raises(builtin, match="why"):
        raise error("why")
    assert issubclass(error, CogmlError)


@pytest.mark.parametrize(
    "error",
    [
        *(kind("why") for kind in (ParamError, MissingPackage, LoadError, VaultError, TokenError)),
        FitError("Stage", ServiceError("timeout", "late", operation="https://host/1#cogml=0")),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("through", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_each_exception_comes_whole_from_another_process(error, through):
    """A pool of processes sends what its work raised."""
    error.add_note("a note")
    back = through(error)
    assert (type(back), str(back), vars(back)) == (type(error), str(error), vars(error))


def test_service_error_is_a_value():
    """It is stored in rows, never raised."""
    assert not issubclass(ServiceError, BaseException)
    error = ServiceError("timeout", "late")
    assert error == ServiceError("timeout", "late")
    assert pickle.loads(pickle.dumps(error)) == error
    with pytest.raises(dataclasses.FrozenInstanceError):
        error.code = "internal"


@pytest.mark.parametrize(
    "error",
    [
        ServiceError("internal", "at a.py:1"),
        ServiceError("rejected", "no", "body", 400, "Bad Request", 3),
        ServiceError("unauthorized", "no", "", 401, None, 1),
    ],
)
def test_cells_are_the_error_columns_struct(error):
    cells = error.cells()
    assert list(cells) == [field.name for field in schema.ERROR]
    assert pa.array([cells], schema.ERROR).to_pylist() == [cells]
    assert (cells["code"], cells["message"], cells["attempts"]) == (
        error.code,
        error.message,
        error.attempts,
    )


def test_cells_without_an_answer_have_no_status():
    """`status` is null as a whole, not a struct of nulls, where nothing answered."""
    assert ServiceError("timeout", "late").cells()["status"] is None
    answered = ServiceError("rejected", "no", status=400, reason="Bad Request").cells()
    assert answered["status"] == {"statusCode": 400, "reasonPhrase": "Bad Request"}


def test_one_of_hints_at_the_nearest_and_lists_all():
    hint = one_of("langauge", ["language", "text"])
    assert hint == " (did you mean 'language'?); there are: language, text"


def test_one_of_does_not_guess_wildly():
    assert one_of("zzz", ["language", "text"]) == "; there are: language, text"


def test_one_of_names_the_empty_list_and_any_key():
    assert one_of("text", []) == "; there are: none"
    assert one_of(7, ["a"]).endswith("there are: a")
