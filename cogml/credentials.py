"""A token is replaced before it ends, by one thread; what gives tokens travels, they do not."""

from __future__ import annotations

import dataclasses
import inspect
import math
import pickle
import re
import threading
import uuid
from typing import Any

from cogml.errors import MESSAGE_CHARACTERS, CogmlError, ParamError
from cogml.travel import arrived, packed

SCOPE = "https://cognitiveservices.azure.com/.default"
EARLY = 300.0  # seconds before its end that a token is replaced; half its life if that is shorter
UNDATED = 300.0  # seconds that a token of unknown end is used before another is asked for
AGAIN = 30.0  # seconds from a refresh that failed to the next, while the old token is good


class TokenError(CogmlError):
    """No token is to be had; the message says who was asked and what it said."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Held:
    token: str = dataclasses.field(repr=False)
    renew: float
    ends: float


class TokenSource:
    """Tokens for one scope, from an azure-identity credential or from a function.

    A function gives a token (text), a token with its end in Unix seconds (`AccessToken`), or the
    credential to ask from then on. A class of credentials is such a function.
    """

    def __init__(self, given: Any, scope: str = SCOPE) -> None:
        if isinstance(given, str):
            raise ParamError("a credential is not text; a token itself is set with setAADToken")
        if not callable(given) and not _is_credential(given):
            raise ParamError(
                "a credential is an object of azure-identity, or a function that returns a token "
                f"or such an object, not {type(given).__name__}"
            )
        self._given = given
        self._scope = scope
        self._name = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._credential: Any = self._given if _is_credential(self._given) else None

    def __repr__(self) -> str:
        return f"TokenSource({self._asked()})"

    def check_travel(self) -> None:
        """Raise ParamError, with the remedy, when what was given cannot be sent to workers."""
        if _is_credential(self._given):
            try:
                pickle.dumps(self._given)
            except TypeError:
                # Not for what is only unknown by name: Spark's pickler takes that along whole.
                raise ParamError(
                    f"{self._asked()} cannot be sent to Spark's workers; set a function that "
                    "makes it there, such as setCredential(lambda: DefaultAzureCredential())"
                ) from None

    def __reduce__(self) -> Any:
        self.check_travel()
        return _arrived, (self._name, packed(self._given), self._scope)

    def token(self, now: float) -> str:
        """A token that is good at `now` (Unix seconds); raises TokenError when there is none."""
        held = self._held
        if held is not None and now < held.renew:
            return held.token
        good = held is not None and now < held.ends
        if not self._lock.acquire(blocking=not good):
            assert held is not None
            return held.token  # another thread is asking, and this one is good enough
        try:
            if self._held is None or now >= self._held.renew:
                self._held = self._renewed(now)
            return self._held.token
        finally:
            self._lock.release()

    def forget(self, token: str | None = None) -> None:
        """Ask anew next time, because a service refused this token; no token means whichever."""
        with self._lock:
            if self._held is not None and token in (None, self._held.token):
                self._held = None
                self._credential = self._given if _is_credential(self._given) else None

    def _renewed(self, now: float) -> _Held:
        try:
            return self._read(self._ask(), now)
        except TokenError:
            held = self._held
            if held is None or now >= held.ends:
                raise
            return dataclasses.replace(held, renew=now + AGAIN)

    def _ask(self) -> Any:
        try:
            if self._credential is None:
                answer = self._given()
                if not _is_credential(answer):
                    return answer
                self._credential = answer
            return self._credential.get_token(self._scope)
        except Exception as error:
            raise TokenError(self._failure(_reason(error))) from error

    def _read(self, answer: Any, now: float) -> _Held:
        if inspect.iscoroutine(answer):
            answer.close()
            raise TokenError(
                self._failure("it is asynchronous; azure.identity has one that is not")
            )
        token, ends = answer, math.inf
        if isinstance(answer, tuple) and len(answer) == 2:
            token, ends = answer
        elif not isinstance(answer, str):
            token, ends = getattr(answer, "token", None), getattr(answer, "expires_on", math.inf)
        if not isinstance(token, str) or not isinstance(ends, (int, float)):
            raise TokenError(self._failure(f"it gave {type(answer).__name__}, which is no token"))
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise TokenError(self._failure("it gave text that cannot be a token"))
        left = ends - now
        if not left > 0:  # nor when it is no number
            raise TokenError(self._failure("it gave a token that has run out"))
        renew = now + UNDATED if left == math.inf else now + max(left - EARLY, left / 2)
        return _Held(token, renew, ends)

    def _failure(self, reason: str) -> str:
        return f"no token from {self._asked()}: {reason}"

    def _asked(self) -> str:
        """Who gives the tokens, by name; an object's own repr may show what it holds."""
        if _is_credential(self._given):
            return type(self._given).__name__
        return getattr(self._given, "__qualname__", type(self._given).__name__)


_ARRIVED: dict[str, TokenSource] = {}
_ARRIVING = threading.Lock()


def _arrived(name: str, given: bytes, scope: str) -> TokenSource:
    """The source in the process it was sent to: one for all tasks, with the token they share."""
    with _ARRIVING:
        if name not in _ARRIVED:
            _ARRIVED[name] = TokenSource(arrived(given), scope)
            _ARRIVED[name]._name = name
        return _ARRIVED[name]


def _is_credential(given: Any) -> bool:
    return not isinstance(given, type) and callable(getattr(given, "get_token", None))


def _reason(error: Exception) -> str:
    """What an error says: Azure's own words hold no secret, another's may."""
    name = type(error).__name__
    if type(error).__module__.partition(".")[0] != "azure":
        return name
    return f"{name}: {' '.join(str(error).split())}"[:MESSAGE_CHARACTERS]
