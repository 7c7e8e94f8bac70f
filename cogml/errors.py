"""Two kinds of failure: a wrong setting raises here and now; a row that failed carries its reason.

    CogmlError
     ├─ ParamError(ValueError)        a setting is missing, unknown or of the wrong type
     ├─ MissingPackage(ImportError)   an optional package or a Java is needed and not there
     ├─ LoadError(ValueError)         a saved stage cannot be read, or its secret is not to be had
     ├─ FitError(RuntimeError)        a model was not made of a frame; the service's reason is in it
     ├─ vault.VaultError              a vault does not give a secret
     └─ credentials.TokenError        a credential gives no token; the rows get `unauthorized`

`ServiceError` is no exception: it is the value a row gets in its error column.
"""

from __future__ import annotations

import dataclasses
import pathlib
import traceback
from collections.abc import Mapping
from typing import Any, Literal, Self, get_args

Code = Literal[
    "unauthorized",  # 401, 403
    "rejected",  # another 4xx, with the service's own code and message
    "retired",  # 410, or a documented end of life
    "throttled",  # 429 at the last attempt, or a quota used up
    "unavailable",  # 5xx at the last attempt; refused, reset, no such host
    "timeout",  # no answer in time
    "job_failed",  # a long-running job ended failed or cancelled
    "row_rejected",  # the request succeeded (or could not be made), this row was refused
    "bad_response",  # not JSON, or not the documented shape
    "internal",  # a bug in cogml; the message is the exception's type and place
]
CODES: tuple[str, ...] = get_args(Code)

RESPONSE_CHARACTERS = 2_000
MESSAGE_CHARACTERS = 500


class CogmlError(Exception):
    """Any error that cogml raises."""


class ParamError(CogmlError, ValueError):
    """A setting that stops the run before its first request."""


class MissingPackage(CogmlError, ImportError):
    """An optional package, or a Java, that this call needs; the message says how to get it."""


class LoadError(CogmlError, ValueError):
    """A saved stage that cannot be loaded; the message says what to set or which file is wrong."""


class FitError(CogmlError, RuntimeError):
    """A model that a service did not make for a `stage`; `error` is what a row would have in its
    error column."""

    def __init__(self, stage: str, error: ServiceError) -> None:
        self.stage = stage
        self.error = error
        job = (error.operation or "").partition("#")[0]
        later = f"; it may still be made: {job}" if job else ""
        super().__init__(f"{stage}: {error.code}: {error.message}{later}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Made anew of what it was made of: an exception would give its message alone."""
        return type(self), (self.stage, self.error), vars(self)


@dataclasses.dataclass(frozen=True, slots=True)
class ServiceError:
    """Why a row has no complete answer: one entry of the error column.

    `response` is the service's own answer, cut at 2,000 characters, never the request.
    `operation` is the address of a job that was accepted and of which it is not known what became,
    with a mark of what was submitted behind it (`#cogml=`); never one that holds a credential.
    """

    code: Code
    message: str
    response: str | None = None
    status: int | None = None
    reason: str | None = None
    attempts: int = 0
    operation: str | None = None

    def cells(self) -> dict[str, object]:
        """The error column's struct, as `schema.ERROR` declares it."""
        status = None
        if self.status is not None:
            status = {"statusCode": self.status, "reasonPhrase": self.reason}
        return {
            "response": self.response,
            "status": status,
            "code": self.code,
            "message": self.message,
            "attempts": self.attempts,
            "operation": self.operation,
        }

    @classmethod
    def of(cls, cells: Mapping[str, Any]) -> Self:
        """The error of a stage before, as its column tells of it; not its job, which that stage
        alone can ask after."""
        status = cells["status"] or {"statusCode": None, "reasonPhrase": None}
        own = {n: value for n, value in cells.items() if n not in ("status", "operation")}
        return cls(**own, status=status["statusCode"], reason=status["reasonPhrase"])


def where(error: BaseException) -> str:
    """An exception's type, and the file and line it was raised at; never its text, which may quote
    a row or a secret."""
    place = "unknown place"
    for frame, line in traceback.walk_tb(error.__traceback__):
        place = f"{pathlib.PurePath(frame.f_code.co_filename).name}:{line}"
    return f"{type(error).__name__} at {place}"


def one_of(found: object, known: list[str]) -> str:
    """The end of a message about an unknown name: the nearest one, and all there are."""
    import difflib

    nearest = difflib.get_close_matches(str(found), known, n=1)
    hint = f" (did you mean {nearest[0]!r}?)" if nearest else ""
    return f"{hint}; there are: {', '.join(known) or 'none'}"
