"""Every request passes the same gates in the same order, then reaches its operation.

Base path, faults, key (401), path (404), method (405), api-version (404), content type (415),
size (413), JSON and the rest (the operation's own words). The 401 comes from the gateway in front
of the service and has no ``apim-request-id``; whatever the service answers has one.

Not modelled: tokens (with no keys configured any bearer token is let in, with keys none is),
rates and quotas by themselves (they are faults), regions, network rules.
"""

import hmac
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from urllib.parse import quote
from uuid import uuid4

import orjson

from cogml_mocks import control, operations
from cogml_mocks.faults import Fault
from cogml_mocks.journal import Journal, Open
from cogml_mocks.messages import Delivery, Request, Response
from cogml_mocks.operations import Call, Operation, ServiceError
from cogml_mocks.refusals import ACCESS_DENIED

MAX_BASES = 1_000
_BASE = re.compile(r"/t/([^/]+)(/.*)?", re.DOTALL)
_LOG = logging.getLogger("cogml_mocks")


class Base:
    """The state of one base path: its faults and its journal."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.faults: list[Fault] = []

    def reset(self) -> None:
        """Forget faults, log and counters."""
        self.faults.clear()
        self.journal.reset()


class Gateway:
    """The application behind every connection."""

    def __init__(self, keys: Sequence[str], latency: float) -> None:
        self._keys = tuple(key.encode() for key in keys)
        self._latency = latency
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

    @property
    def latency(self) -> float:
        """Seconds before each answer."""
        return self._latency

    def admits(self, headers: dict[str, str]) -> bool:
        """Decide whether a request carries a key this suite accepts."""
        key = headers.get("ocp-apim-subscription-key", "").strip()
        if self._keys:
            given = key.encode("latin-1")
            return any([hmac.compare_digest(given, known) for known in self._keys])
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return bool(key) or (scheme.lower() == "bearer" and bool(token.strip()))


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

    def answer(self) -> tuple[Response, Delivery]:
        """Compute the answer and how it travels."""
        if self._opened is None:
            return control.answer(self._gateway, self._name, self._path, self._request), Delivery()
        delivery = Delivery(delay=self._gateway.latency)
        fault = self._fault(delivery)
        if fault is not None and fault.replaces_answer:
            response = self._refuse_by(fault)
        else:
            response = self._operate()
        if fault is not None:
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
        response = _service_response(error.status, self._envelope(error))
        if error.status == 401:
            response = _denied(response.body)
        response.headers += headers
        body = fault.body()
        if body is not None:
            response.body = body
        return response

    def _operate(self) -> Response:
        assert self._opened is not None
        if not self._gateway.admits(self._request.headers):
            return _denied(_DENIED)
        call = Call(self._request, self._gateway.base_url(self._name))
        started = time.perf_counter()
        try:
            operation = self._route(call)
            answer = operation.handler(call)
        except ServiceError as error:
            response = _service_response(error.status, self._envelope(error))
        except Exception:  # noqa: BLE001 - a defect here must answer 500, as a service does
            _LOG.exception("%s %s failed", self._request.method, self._path)
            defect = ServiceError(500, "InternalServerError", "An unexpected error occurred.")
            response = _service_response(500, self._envelope(defect))
        else:
            response = _service_response(answer.status, orjson.dumps(answer.document))
            response.headers += answer.headers
        spent = (time.perf_counter() - started) * 1000
        response.headers.append(("x-envoy-upstream-service-time", f"{spent:.0f}"))
        self._opened.entry.documents = call.documents
        return response

    def _route(self, call: Call) -> Operation:
        methods = operations.methods_of(self._path)
        if not methods:
            raise ServiceError(404, "404", "Resource not found")
        operation = methods.get(self._request.method)
        if operation is None:
            raise ServiceError(405, "405", "Method not allowed")
        if operation.api_versions and call.query.get("api-version") not in operation.api_versions:
            raise ServiceError(404, "404", "Resource not found")
        media_type = self._request.headers.get("content-type", "").partition(";")[0].strip()
        if media_type.lower() not in operation.media_types:
            raise ServiceError(415, "UnsupportedMediaType", "Unsupported media type")
        operation.check_size(self._request.body)
        return operation

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


def _service_response(status: int, body: bytes) -> Response:
    return Response(status, body, [*_SERVICE_HEADERS, ("apim-request-id", str(uuid4()))])


def _denied(body: bytes) -> Response:
    headers = [("Content-Type", "application/json")]
    return Response(401, body, headers, reason="PermissionDenied")


_DENIED = orjson.dumps({"error": {"code": "401", "message": ACCESS_DENIED}})


_SERVICE_HEADERS = (
    ("Content-Type", "application/json; charset=utf-8"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"),
    ("X-Content-Type-Options", "nosniff"),
)
