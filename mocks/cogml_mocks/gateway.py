"""Every request passes the same gates in the same order, then reaches its operation.

Base path, faults, key (401), path (404), method (405), api-version (404), content type (415),
size (413), JSON and the rest (the operation's own words). The 401 comes from the gateway in front
of the service and has no ``apim-request-id``; whatever the service answers has one.

With keys configured a key or a token of this suite's own is let in, without any that is not empty.

Not modelled: rates and quotas by themselves (they are faults), regions, network rules.
"""

import hmac
import logging
import re
import time
from collections import OrderedDict
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson

from cogml_mocks import control, operations
from cogml_mocks.faults import Fault
from cogml_mocks.identity import entra
from cogml_mocks.journal import Journal, Open
from cogml_mocks.messages import Answered, Delivery, Request, Response, Slow
from cogml_mocks.operations import Call, Operation, ServiceError
from cogml_mocks.refusals import ACCESS_DENIED
from cogml_mocks.settings import Settings

MAX_BASES = 1_000
_BASE = re.compile(r"/t/([^/]+)(/.*)?", re.DOTALL)
_LOG = logging.getLogger("cogml_mocks")
_JSON = "application/json; charset=utf-8"


class Base:
    """The state of one base path: its faults, its journal and what its operations keep."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.faults: list[Fault] = []
        self.state: dict[str, Any] = {}

    def reset(self) -> None:
        """Forget faults, log, counters and what operations keep."""
        self.faults.clear()
        self.state = {}
        self.journal.reset()


class Gateway:
    """The application behind every connection."""

    def __init__(self, settings: Settings) -> None:
        self._keys = tuple(key.encode() for key in settings.keys)
        self.settings = settings
        self._bases: OrderedDict[str, Base] = OrderedDict()
        self.url = ""

    def __call__(self, request: Request) -> "Passage":
        """Take a request in: it is in flight from here on."""
        path, name = request.path, ""
        if path.startswith("/t/") and (match := _BASE.fullmatch(path)):
            name, path = match[1], match[2] or "/"
        if path == "/_mock" or path.startswith("/_mock/"):
            return Passage(self, request, path, name, None)
        base = self.base(name)
        body = request.body
        opened = base.journal.begin(request.method, path, request.query_string, len(body))
        return Passage(self, request, path, name, opened)

    def base(self, name: str) -> Base:
        """Return the state of a base path; the longest unused one makes room for a new one."""
        base = self._bases.get(name)
        if base is None:
            base = self._bases[name] = Base()
            if len(self._bases) > MAX_BASES:
                oldest = next(
                    (n for n, b in self._bases.items() if n != name and not b.journal.in_flight),
                    None,
                )
                if oldest is not None:
                    del self._bases[oldest]
        elif name:
            self._bases.move_to_end(name)
        return base

    def base_url(self, name: str) -> str:
        """Return the address under which a base path is reached."""
        return f"{self.url}/t/{quote(name, safe='')}" if name else self.url

    def reset(self, name: str) -> None:
        """Reset one base path; the root resets all."""
        for base in [self.base(name)] if name else list(self._bases.values()):
            base.reset()

    def admits(self, headers: dict[str, str]) -> bool:
        """Decide whether a request carries a key this suite accepts."""
        key = headers.get("ocp-apim-subscription-key", "").strip()
        scheme, _, token = headers.get("authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        if self._keys:
            given = key.encode("latin-1")
            known = any([hmac.compare_digest(given, known) for known in self._keys])
            return known or entra.admits(token, entra.COGNITIVE_SERVICES)
        return bool(key) or bool(token)


class Passage:
    """One request on its way through the gates."""

    __slots__ = ("_gateway", "_name", "_opened", "_path", "_request")

    def __init__(
        self, gateway: Gateway, request: Request, path: str, name: str, opened: Open | None
    ) -> None:
        self._gateway = gateway
        self._request = request
        self._path = path
        self._name = name
        self._opened = opened

    def answer(self) -> Answered | Slow:
        """Compute the answer and how it travels; what takes long is still to do."""
        if self._opened is None:
            return control.answer(self._gateway, self._name, self._path, self._request), Delivery()
        delivery = Delivery(delay=self._gateway.settings.latency)
        fault = self._fault(delivery)
        if fault is not None and fault.replaces_answer:
            return self._spoiled(self._refuse_by(fault), delivery, fault)
        entered = self._enter()
        if isinstance(entered, Response):
            return self._spoiled(entered, delivery, fault)
        operation, call = entered
        if not operation.slow:
            return self._spoiled(self._operate(operation, call), delivery, fault)

        def later() -> Answered:
            return self._spoiled(self._operate(operation, call), delivery, fault)

        return Slow(operation.family.threads, later)

    def _spoiled(self, response: Response, delivery: Delivery, fault: Fault | None) -> Answered:
        if fault is not None:
            assert self._opened is not None
            self._opened.entry.fault = fault.kind
            if response.status == 200:
                fault.spoil(response)
            fault.deliver(delivery)
        return response, delivery

    def finish(self, status: int | None, size: int) -> None:
        """Note what was sent."""
        if self._opened is not None:
            self._opened.finish(status, size)

    def _fault(self, delivery: Delivery) -> Fault | None:
        for fault in self._gateway.base(self._name).faults:
            if fault.fires(self._request.method, self._path):
                delivery.delay += fault.delay
                if fault.kind != "latency":
                    return fault
        return None

    def _refuse_by(self, fault: Fault) -> Response:
        assert self._opened is not None
        family = operations.family_of(self._path)
        if family is not None:
            self._opened.entry.documents = _count_documents(family, self._request.body)
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

    def _enter(self) -> tuple[Operation, Call] | Response:
        methods, segments = operations.find(self._path)
        operation = methods.get(self._request.method)
        keyless = operation is not None and operation.keyless
        if not keyless and not self._gateway.admits(self._request.headers):
            return _denied(_DENIED)
        gateway = self._gateway
        state = gateway.base(self._name).state
        call = Call(self._request, gateway.base_url(self._name), gateway.settings, state, segments)
        try:
            if not methods:
                raise ServiceError(404, "404", "Resource not found")
            if operation is None:
                raise ServiceError(405, "405", "Method not allowed")
            versions = operation.api_versions
            if versions and call.query.get("api-version") not in versions:
                raise ServiceError(404, "404", "Resource not found")
            operation.check_body(self._request)
        except ServiceError as error:
            return self._refused(error)
        return operation, call

    def _operate(self, operation: Operation, call: Call) -> Response:
        assert self._opened is not None
        started = time.perf_counter()
        try:
            answer = operation.handler(call)
            response = _service_response(answer.status, answer.body(), answer.media_type)
            response.headers += answer.headers
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
        return response

    def _refused(self, error: ServiceError) -> Response:
        response = _service_response(error.status, self._envelope(error))
        response.headers += error.headers
        return response

    def _envelope(self, error: ServiceError) -> bytes:
        family = operations.family_of(self._path)
        return orjson.dumps(
            operations.gateway_error(error) if family is None else family.error(error)
        )


def _count_documents(family: operations.Family, body: bytes) -> int | None:
    try:
        return family.count_documents(operations.decode_json(body))
    except ValueError:
        return None


def _service_response(status: int, body: bytes, media_type: str = _JSON) -> Response:
    headers = [("Content-Type", media_type), *_SECURITY, ("apim-request-id", str(uuid4()))]
    return Response(status, body, headers)


def _denied(body: bytes) -> Response:
    headers = [("Content-Type", "application/json")]
    return Response(401, body, headers, reason="PermissionDenied")


_DENIED = orjson.dumps({"error": {"code": "401", "message": ACCESS_DENIED}})


_SECURITY = (
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"),
    ("X-Content-Type-Options", "nosniff"),
)
