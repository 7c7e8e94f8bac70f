"""Every request passes the same gates in the same order, then reaches its operation.

Base path, faults, key (401), rate (429), recorded answers, path (404), method (405), api-version
(404), content type (415), size (413), JSON and the rest (the operation's own words). The 401 comes
from the gateway in front of the service and has no ``apim-request-id``; whatever the service
answers has one. A suite that records passes on what no fault answers: the gates are the service's.

With keys configured a key or a token of this suite's own is let in, without any that is not empty,
but no token of the suite's that has run out or is for another resource.

Not modelled: quotas by themselves (they are faults), regions, network rules.
"""

import contextlib
import hmac
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson

from cogml_mocks import control, faults, operations, recordings
from cogml_mocks.faults import Fault
from cogml_mocks.identity import entra
from cogml_mocks.journal import Journal, Open
from cogml_mocks.messages import Answered, Delivery, Request, Response, Slow
from cogml_mocks.operations import Call, Family, Operation, ServiceError
from cogml_mocks.rates import Bucket
from cogml_mocks.recorder import Recorder
from cogml_mocks.refusals import ACCESS_DENIED, BAD_TOKEN, too_many_calls
from cogml_mocks.settings import Settings

MAX_BASES = 1_000
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_BASE = re.compile(r"/t/([^/]+)(/.*)?", re.DOTALL)
_LOG = logging.getLogger("cogml_mocks")


class Base:
    """The state of one base path: its faults, its journal and what its operations keep."""

    def __init__(
        self, settings: Settings, recorded: recordings.Exchanges, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._recorded = recorded
        self._clock = clock
        self.journal = Journal(settings.ledger, settings.log)
        self._begin()

    def reset(self) -> None:
        """Forget log, counters and what operations keep; have the faults of the start again."""
        self.journal.reset()
        self._begin()

    def _begin(self) -> None:
        self.faults = [faults.parse(dict(rule)) for rule in self._settings.faults]
        self.state: dict[str, Any] = {}
        self.replay = recordings.Replay(self._recorded)
        rate = self._settings.rate_limit
        self.bucket = Bucket(rate, self._clock) if rate else None


class Gateway:
    """The application behind every connection."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = tuple(key.encode() for key in settings.keys)
        self.settings = settings
        self._clock = clock
        self._recorded: recordings.Exchanges = {}
        self.recorder: Recorder | None = None
        if settings.recordings is not None:
            if settings.record:
                self.recorder = Recorder(settings.record, settings.recordings)
            else:
                self._recorded = recordings.exchanges(settings.recordings)
        self._bases: OrderedDict[str, Base] = OrderedDict()
        self.url = ""
        self.base("")  # a rule of the settings that is none is said now, not at a request

    def __call__(self, request: Request) -> "Passage":
        """Take a request in: it is in flight from here on."""
        path, name = request.path, ""
        if path.startswith("/t/") and (match := _BASE.fullmatch(path)):
            name, path = match[1], match[2] or "/"
        if path == "/_mock" or path.startswith("/_mock/"):
            return Passage(self, request, path, name, None)
        base = self.base(name)
        opened = base.journal.begin(request.method, path, request.query_string, request.body)
        return Passage(self, request, path, name, opened)

    def base(self, name: str) -> Base:
        """Return the state of a base path; the longest unused one makes room for a new one."""
        base = self._bases.get(name)
        if base is None:
            base = self._bases[name] = Base(self.settings, self._recorded, self._clock)
            if len(self._bases) > MAX_BASES:
                oldest = next(
                    (
                        other
                        for other, base in self._bases.items()
                        if other not in ("", name) and not base.journal.in_flight
                    ),
                    None,
                )
                if oldest is not None:
                    del self._bases[oldest]
        elif name:
            self._bases.move_to_end(name)
        return base

    def base_url(self, name: str, host: str = "") -> str:
        """Return the address of a base path, with the host that a request was sent to if given."""
        url = f"{self.url.partition('://')[0]}://{host}" if _HOST.fullmatch(host) else self.url
        return f"{url}/t/{quote(name, safe='')}" if name else url

    async def close(self) -> None:
        """Let go of what is open towards others."""
        if self.recorder is not None:
            await self.recorder.close()

    def reset(self, name: str) -> None:
        """Reset one base path; the root resets all."""
        for base in [self.base(name)] if name else list(self._bases.values()):
            base.reset()

    def denial(self, request: Request) -> bytes | None:
        """Return why a request's key and token do not let it in; ``None`` lets it in.

        A good key needs no token, and a good token no key.
        """
        shown = request.headers.get("ocp-apim-subscription-key", "").strip()
        key, token = shown.encode("latin-1", "replace"), request.bearer
        if any([hmac.compare_digest(key, known) for known in self._keys]):
            return None
        if key and not self._keys:
            return None
        if not token:
            return _DENIED
        is_good = entra.lets_in(token, entra.COGNITIVE_SERVICES, bool(self._keys))
        return None if is_good else _BAD_TOKEN


class Passage:
    """One request on its way through the gates."""

    __slots__ = ("_call", "_gateway", "_is_answered", "_name", "_opened", "_path", "_request")

    def __init__(
        self, gateway: Gateway, request: Request, path: str, name: str, opened: Open | None
    ) -> None:
        self._gateway = gateway
        self._request = request
        self._path = path
        self._name = name
        self._opened = opened
        self._call: Call | None = None
        self._is_answered = False

    def answer(self) -> Answered | Slow:
        """Compute the answer and how it travels; what takes long is still to do."""
        if self._opened is None:
            return control.answer(self._gateway, self._name, self._path, self._request), Delivery()
        delivery = Delivery(delay=self._gateway.settings.latency)
        fault = self._fault(delivery)
        if fault is not None and fault.replaces_answer:
            return self._spoiled(self._refuse_by(fault), delivery, fault)
        if self._gateway.recorder is not None:
            return self._pass_on(self._gateway.recorder, delivery, fault)
        entered = self._enter()
        if isinstance(entered, Response):
            return self._spoiled(entered, delivery, fault)
        operation, call = entered
        if not operation.slow:
            return self._spoiled(self._operate(operation, call), delivery, fault)

        def later() -> Answered:
            return self._spoiled(self._operate(operation, call), delivery, fault)

        return Slow(lambda: operation.family.threads.submit(later))

    def _pass_on(self, recorder: Recorder, delivery: Delivery, fault: Fault | None) -> Slow:
        family = operations.family_of(self._path)
        is_private = family is not None and family.is_private

        async def ask() -> Answered:
            self._count_documents(family)
            try:
                if self._request.upgrade:
                    raise ServiceError(501, "501", "A WebSocket cannot be recorded")
                self._check_rate(self._gateway.base(self._name))
                base_url = self._base_url()
                answer = await recorder.pass_on(self._request, self._path, base_url, is_private)
            except ServiceError as error:
                answer = self._refused(error)
            return self._spoiled(answer, delivery, fault)

        return Slow(lambda: recorder.start(ask()))

    def _spoiled(self, response: Response, delivery: Delivery, fault: Fault | None) -> Answered:
        if fault is not None and fault.spoils(response):
            assert self._opened is not None
            self._opened.entry.fault = fault.kind
            fault.deliver(delivery)
        return response, delivery

    def finish(self, status: int | None, size: int, received: int = 0) -> None:
        """Note what was sent; of a WebSocket all that came and what it was billed for as well."""
        if self._opened is not None:
            if status == 101 and self._call is not None:
                self._opened.entry.request_bytes = received
                self._opened.entry.documents = self._call.documents
            self._opened.finish(status, size)
            if self._is_answered:
                self._opened.bill(self._request.body)

    def _fault(self, delivery: Delivery) -> Fault | None:
        for fault in self._gateway.base(self._name).faults:
            if fault.fires(self._request.method, self._path):
                delivery.delay += fault.delay
                if fault.kind != "latency":
                    return fault
        return None

    def _refuse_by(self, fault: Fault) -> Response:
        assert self._opened is not None
        self._count_documents(operations.family_of(self._path))
        if fault.kind == "drop_before_answer":
            return Response(500)
        error, headers = fault.refusal()
        response = self._refused(error)
        if error.status == 401:
            response = _denied(response.body)
        response.headers += headers
        body = fault.body()
        if body is not None:
            response.body = body
        return response

    def _count_documents(self, family: Family | None) -> None:
        """Note what a request carries that no operation here looks at."""
        assert self._opened is not None
        if family is not None:
            with contextlib.suppress(ValueError):
                body = operations.decode_json(self._request.body)
                self._opened.entry.documents = family.count_documents(body)

    def _enter(self) -> tuple[Operation, Call] | Response:
        methods, segments = operations.find(self._path)
        operation = methods.get(self._request.verb)
        asked = [operation] if operation is not None else list(methods.values())
        keyless = bool(asked) and all(one.keyless for one in asked)
        denial = None if keyless else self._gateway.denial(self._request)
        if denial is not None:
            return self._bare() or _denied(denial)
        gateway = self._gateway
        base = gateway.base(self._name)
        url = self._base_url()
        call = Call(self._request, url, gateway.settings, base.state, segments)
        try:
            self._check_rate(base)
            recorded = self._recorded(base, url)
            if recorded is not None:
                return recorded
            if not methods:
                raise ServiceError(404, "404", "Resource not found")
            if operation is None:
                raise ServiceError(405, "405", "Method not allowed")
            versions = operation.api_versions
            if versions and call.query.get("api-version") not in versions:
                raise ServiceError(404, "404", "Resource not found")
            operation.check_body(self._request)
        except ServiceError as error:
            return self._marked(self._refused(error))
        self._call = call
        return operation, call

    def _bare(self) -> Response | None:
        """Refuse a request without a credential where its family tells it from a wrong one."""
        family = operations.family_of(self._path)
        headers = self._request.headers
        has_any = "ocp-apim-subscription-key" in headers or "authorization" in headers
        status = None if family is None else family.bare_status
        if has_any or status is None:
            return None
        return self._refused(ServiceError(status, str(status), ACCESS_DENIED))

    def _base_url(self) -> str:
        return self._gateway.base_url(self._name, self._request.headers.get("host", ""))

    def _check_rate(self, base: Base) -> None:
        wait = 0 if base.bucket is None else base.bucket.wait()
        if wait:
            assert self._opened is not None
            self._opened.entry.fault = "rate_limit"
            headers = [("Retry-After", str(wait))]
            raise ServiceError(429, "429", too_many_calls(str(wait)), headers=headers)

    def _recorded(self, base: Base, url: str) -> Response | None:
        """Return what was recorded; for nothing ``None``, or the refusal of a strict replay."""
        if self._gateway.settings.recordings is None:
            return None
        family = operations.family_of(self._path)
        if family is not None and family.is_private:
            return None
        assert self._opened is not None
        key = recordings.fingerprint(self._request, self._path)
        found = base.replay.answer(key, url)
        self._opened.entry.recorded = found is not None
        if found is not None:
            self._count_documents(family)
        if found is None and self._gateway.settings.strict_replay:
            message = (
                f"No answer is recorded to {self._request.method} {self._path}, fingerprint "
                f"{key[:16]}, and the suite replays strictly: record it, or let it compute."
            )
            raise ServiceError(404, "NotRecorded", message)
        return found

    def _operate(self, operation: Operation, call: Call) -> Response:
        assert self._opened is not None
        started = time.perf_counter()
        try:
            answer = operation.handler(call)
            response = _service_response(answer.status, answer.body(), answer.media_type)
            response.headers += answer.headers
            response.session = answer.session
            self._is_answered = answer.status < 300
        except ServiceError as error:
            response = self._refused(error)
        except Exception:  # noqa: BLE001 - a defect here must answer 500, as a service does
            _LOG.exception("%s %s failed", self._request.method, self._path)
            response = self._refused(
                ServiceError(500, "InternalServerError", "An unexpected error occurred.")
            )
        spent = (time.perf_counter() - started) * 1000
        response.headers.append(("x-envoy-upstream-service-time", f"{spent:.0f}"))
        self._opened.entry.documents = call.documents
        return self._marked(response)

    def _marked(self, response: Response) -> Response:
        """Say of an answer that might have been recorded that it was not."""
        assert self._opened is not None
        entry = self._opened.entry
        if entry.recorded is not None:
            entry.recorded = any(name == recordings.HEADER for name, _ in response.headers)
            if not entry.recorded:
                response.headers.append((recordings.HEADER, "false"))
        return response

    def _refused(self, error: ServiceError) -> Response:
        family = operations.family_of(self._path)
        written = operations.gateway_error(error) if family is None else family.error(error)
        body = written if isinstance(written, bytes) else orjson.dumps(written)
        media_type = operations.JSON if family is None else family.error_type
        response = _service_response(error.status, body, media_type)
        response.headers += error.headers
        return response


def _service_response(status: int, body: bytes, media_type: str) -> Response:
    headers = [("Content-Type", media_type), *_SECURITY, ("apim-request-id", str(uuid4()))]
    return Response(status, body, headers)


def _denied(body: bytes) -> Response:
    headers = [("Content-Type", "application/json")]
    return Response(401, body, headers, reason="PermissionDenied")


_DENIED = orjson.dumps({"error": {"code": "401", "message": ACCESS_DENIED}})
_BAD_TOKEN = orjson.dumps({"statusCode": 401, "message": BAD_TOKEN})


_SECURITY = (
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"),
    ("X-Content-Type-Options", "nosniff"),
)
