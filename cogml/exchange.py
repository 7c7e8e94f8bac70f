"""An exchange is a generator: it yields requests (or seconds to wait, or work for a thread), is
sent what came of them, and returns one outcome a row.

It does no I/O and knows no clock, so a test drives it by hand:
`request = next(exchange)`, then `exchange.send(response)`. What is sent back is the service's
answer, or the `ServiceError` that stands in its place when there was none. Work is a function
without arguments, for what takes long or reads a file; sent back is what it returns. When the time
of a run is over a `ServiceError` stands in the place of all that is not there yet.
"""

from __future__ import annotations

import dataclasses
import email.utils
import hashlib
import itertools
import re
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

import httpx
import msgspec

from cogml.errors import MESSAGE_CHARACTERS, RESPONSE_CHARACTERS, Code, ServiceError
from cogml.hosts import host_of, is_inside
from cogml.meta import Meta
from cogml.places import holds_credential
from cogml.version import VERSION


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What one row gets: a value, an error, or both when the value is not complete; and, where it
    is asked for, what that took."""

    value: Any
    error: ServiceError | None = None
    meta: Meta | None = None


Reply = httpx.Response | ServiceError
Yielded = httpx.Request | float | Callable[[], Any]
Exchange = Generator[Yielded, Any, list[Outcome]]
Step = Generator[Yielded, Any, Reply]

SKIPPED = Outcome(None, None)
"""The outcome of a row whose required input is null: nothing was sent."""

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for a body that is not JSON, or not of the declared type."""

CREDENTIALS = ("ocp-apim-subscription-key", "api-key", "authorization")
"""The headers that say who asks."""

USER_AGENT = f"cogml/{VERSION}"
MOST_REDIRECTS = 5
LONGEST_PAUSE = 300.0  # seconds between two polls, whatever the service advises
LONGEST_ADDRESS = 2_000  # characters of a job's address that is kept
MARK = "cogml"
GONE = (400, 404, 410)  # what services say of the address of a job that they do not know

_LEAST = 6  # characters of a secret: a shorter text is found in too much that is none
_TOLD = frozenset(
    ("accept", "accept-encoding", "content-length", "content-type", "host", "user-agent")
)
_HOST = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")  # of others, readers see different hosts
_QUOTA = ("CapacityLimitExceeded", "Out of call volume quota", "quota exceeded")


def call(request: httpx.Request) -> Step:
    """One request and its answer; an answer that is no success comes back as a ServiceError."""
    reply: Reply = yield request
    if isinstance(reply, ServiceError):
        return reply
    failed = failure(reply)
    if failed is not None and failed.status == 401 and not _is_signed(request):
        message = f"no key was sent; call setSubscriptionKey ({failed.message})"
        return dataclasses.replace(failed, message=message[:MESSAGE_CHARACTERS])
    return failed or reply


def _is_signed(request: httpx.Request) -> bool:
    shown = any(name in request.headers for name in CREDENTIALS)
    return shown or bool(request.extensions.get("token"))


def download(address: str, web: str = "") -> Step:
    """What lies at an http(s) address, asked for without any credential; redirects are followed,
    but for those from outside into this machine's own network (a name that leads there passes).

    `web` is the address of a copy of the web: there `https://host/path` lies at `WEB/host/path`.
    """
    for _ in range(MOST_REDIRECTS):
        try:
            found = httpx.URL(address)
            valid = found.scheme in ("http", "https") and found.host and not found.userinfo
        except (httpx.InvalidURL, TypeError, UnicodeError):  # `xn--` may stand before anything
            valid = False
        if not valid or not _HOST.fullmatch(found.raw_host):
            return ServiceError("row_rejected", "expected an address such as https://host/path")
        if web:
            found = httpx.URL(f"{web.rstrip('/')}/{found.netloc.decode()}{found.raw_path.decode()}")
        headers = {"user-agent": USER_AGENT, "accept-encoding": "identity"}
        request = httpx.Request("GET", found, headers=headers)
        request.extensions["anonymous"] = True
        reply: Reply = yield request
        if isinstance(reply, ServiceError):
            return reply
        if reply.status_code not in (301, 302, 303, 307, 308) or "location" not in reply.headers:
            return failure(reply) or reply
        try:
            target = httpx.URL(address).join(reply.headers["location"])
        except httpx.InvalidURL:
            return _error("bad_response", reply, "the redirect leads to no valid address")
        if is_inside(target) and not is_inside(found):
            return _error("rejected", reply, "the redirect leads into this machine's own network")
        address = str(target)
    return ServiceError("rejected", f"more than {MOST_REDIRECTS} redirects")


def broken(error: Exception) -> Exchange:
    """The exchange of a row that could not be made ready; it ends as that bug."""
    yield from ()
    raise error


class Telling(NamedTuple):
    """How a service tells of a job: the status of the answer that accepts it, the header that has
    its address, and under which name its `status` and `errors` stand in an answer, if any."""

    accepted: int = httpx.codes.ACCEPTED
    header: str = "operation-location"
    part: str = ""


_PLAINLY = Telling()


def long_running(
    request: httpx.Request,
    *,
    pause: float,
    polls: int,
    first_pause: float | None = None,
    telling: Telling = _PLAINLY,
) -> Step:
    """Submit, then poll the address in `Operation-Location` until the job has ended.

    `pause` is the time between polls in seconds (`first_pause` that before the first) unless the
    service names one; after `polls` polls the job counts as timed out. The credential is sent only
    to the host the job was submitted to.

    An error that leaves open what became of an accepted job names it (`operation`). The submission
    is marked (`extensions["job"]`), so that who knows of a job that was submitted alike may answer
    in the service's place (`extensions["earlier"]`): that job is asked after, and submitted anew
    only where the service knows no such job (any more).
    """
    request.extensions["job"] = True
    for _ in range(2):
        submitted = yield from call(request)
        if isinstance(submitted, ServiceError) or submitted.status_code != telling.accepted:
            return submitted
        location = job_address(request, submitted, telling.header)
        if isinstance(location, ServiceError):
            return location
        first = pause if first_pause is None else first_pause
        waits = itertools.islice(itertools.chain([first], itertools.repeat(pause)), polls)
        answer = yield from _asked_after(request, submitted, location, waits, telling.part)
        if isinstance(answer, httpx.Response) or answer.code == "job_failed":
            return answer
        unknown = dataclasses.replace(answer, operation=operation(request, location))
        if not submitted.extensions.get("earlier") or answer.status not in GONE:
            break
    return unknown


def job_address(
    request: httpx.Request, submitted: httpx.Response, header: str = _PLAINLY.header
) -> httpx.URL | ServiceError:
    """Where the job of an accepted submission is asked after: at its own host, and no other."""
    try:
        location = httpx.URL(submitted.headers.get(header, ""))
    except httpx.InvalidURL:
        return _error("bad_response", submitted, "the job's address is not valid")
    if not is_same_host(location, request.url) or location.userinfo:
        return _error(
            "bad_response", submitted, f"the job is on another host: {host_of(location)!r}"
        )
    return location


def operation(request: httpx.Request, location: httpx.URL) -> str | None:
    """The address of a job, with the mark of what was submitted; None where it is not to be kept,
    since it holds a credential, or more than an address should."""
    address = str(location.copy_with(fragment=None))
    if len(address) > LONGEST_ADDRESS or holds_credential(address):
        return None
    return f"{address}#{MARK}={submission(request)}"


def submission(request: httpx.Request) -> str:
    """32 hexadecimal digits that tell what is submitted (method, address, body), not by whom."""
    found = hashlib.blake2b(f"{request.method} {request.url}\n".encode(), digest_size=16)
    found.update(request.content)
    return found.hexdigest()


def _asked_after(
    request: httpx.Request,
    submitted: httpx.Response,
    location: httpx.URL,
    waits: Iterator[float],
    part: str,
) -> Step:
    polls = 0
    headers = {k: v for k, v in request.headers.items() if not k.startswith("content-")}
    for polls, wait in enumerate(waits, 1):  # noqa: B007 (said at the end)
        advised = retry_after(submitted.headers)
        yield wait if advised is None else min(advised, LONGEST_PAUSE)
        asked = httpx.Request("GET", location, headers=headers)
        asked.extensions["token"] = request.extensions.get("token", False)
        answer = yield from call(asked)
        if isinstance(answer, ServiceError):
            return answer
        match job_status(answer, part):
            case "succeeded" | "partiallycompleted" | "ready":
                return answer
            case "failed" | "cancelled" | "canceled" as ended:
                why = _message(answer, part)
                return _error("job_failed", answer, f"the job ended {ended}: {why}")
            case "notstarted" | "created" | "running" | "cancelling":
                submitted = answer
            case other:
                return _error("bad_response", answer, f"unknown job status {other!r}")
    return _error("timeout", submitted, f"the job had not ended after {polls} polls")


def is_same_host(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether two addresses are of one scheme, host and port."""
    return (one.scheme, one.raw_host, one.port) == (other.scheme, other.raw_host, other.port)


def retry_after(headers: httpx.Headers, now: float | None = None) -> float | None:
    """The wait in seconds that an answer asks for, or None.

    Reads `retry-after-ms`, `x-ms-retry-after-ms`, and `Retry-After` in seconds or, where `now` (a
    Unix time) is given, as a date; what cannot be read, or lies in the past, counts as not there.
    """
    for name, unit in (("retry-after-ms", 1000), ("x-ms-retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    if now is not None and "retry-after" in headers:
        try:
            wait = email.utils.parsedate_to_datetime(headers["retry-after"]).timestamp() - now
            return wait if wait >= 0 else None
        except (TypeError, ValueError, OverflowError):
            return None
    return None


def job_status(answer: httpx.Response, part: str = "") -> str:
    """The `status` of a job's answer (or part of it) in lower case; empty when there is none."""
    try:
        body = msgspec.json.decode(answer.content)
        return str((body[part] if part else body)["status"]).lower()
    except (*NOT_JSON, TypeError, KeyError):
        return ""


def failure(answer: httpx.Response) -> ServiceError | None:
    """The error that an answer is, or None for a success."""
    status = answer.status_code
    if 200 <= status < 300:
        return None
    code: Code
    message = _message(answer)
    if is_quota(answer):
        code = "throttled"
    elif status in (401, 403):
        code = "unauthorized"
    elif status == 408:
        code = "timeout"
    elif status == 410:
        code, message = "retired", f"the service has ended this operation; {message}"
    elif status == 429:
        code = "throttled"
    elif status >= 500:
        code = "unavailable"
    elif status < 200:
        code = "bad_response"
    elif status < 400:
        code, message = "rejected", f"a redirect (HTTP {status}) is not followed; {message}"
    else:
        code = "rejected"
    return _error(code, answer, message)


def is_quota(answer: httpx.Response) -> bool:
    """Whether this refusal stands until the quota is renewed, so that waiting is in vain."""
    return answer.status_code in (403, 429) and any(mark in _text(answer) for mark in _QUOTA)


def bad_response(answer: httpx.Response, why: str) -> ServiceError:
    """The error of an answer that is not what the service documents."""
    return _error("bad_response", answer, why)


def _error(code: Code, answer: httpx.Response, message: str) -> ServiceError:
    return ServiceError(
        code=code,
        message=masked(message, answer)[:MESSAGE_CHARACTERS],
        response=_text(answer)[:RESPONSE_CHARACTERS],
        status=answer.status_code,
        reason=answer.reason_phrase,
        attempts=answer.extensions.get("attempts", 1),
    )


def _text(answer: httpx.Response) -> str:
    # As UTF-8 whatever the answer says it is: a codec of its choice could make text of surrogates.
    text = answer.content[: 4 * RESPONSE_CHARACTERS].decode("utf-8", "replace")
    return masked(text, answer)


def masked(text: str, answer: httpx.Response) -> str:
    """What an answer says, without what was shown to get it: some gateways repeat that."""
    asked = answer.extensions.get("asked")
    shown = [v for n, v in asked.headers.items() if n not in _TOLD] if asked is not None else []
    for value in sorted({*shown, *(v.partition(" ")[2] for v in shown)}, key=len, reverse=True):
        if len(value) >= _LEAST:
            text = text.replace(value, "<secret>")
    return text


def _message(answer: httpx.Response, part: str = "") -> str:
    """`CODE: message` from any of the envelopes Azure uses, innermost code first."""
    try:
        # Masked before it is cut, and again where it is shown: what is escaped here is not there.
        body = msgspec.json.decode(masked(answer.content.decode(), answer))
    except NOT_JSON:
        body = None
    error = body.get(part or "error", body) if isinstance(body, dict) else None
    if isinstance(error, dict) and isinstance(error.get("errors"), list) and error["errors"]:
        error = error["errors"][0]  # Bing's envelope, a model's state
    said = describe(error) if isinstance(error, dict) else ""
    return said or f"HTTP {answer.status_code} {answer.reason_phrase}"


def describe(error: dict[str, Any]) -> str:
    """`CODE: message` of an error envelope; the innermost code and message say most."""
    inner = error.get("innererror") or error.get("innerError")
    while isinstance(inner, dict):
        error = error | {name: value for name, value in inner.items() if value}
        inner = inner.get("innererror") or inner.get("innerError")
    code = _word(error, "subCode") or _word(error, "code") or _word(error, "statusCode")
    return f"{code}: {_word(error, 'message')}".strip(": ")[:MESSAGE_CHARACTERS]


def _word(error: dict[str, Any], name: str) -> str:
    # Not what holds more: a list of millions would be written out, and then cut.
    value = error.get(name)
    return str(value) if value and isinstance(value, (str, int, float)) else ""
