"""A recorder passes requests on to the service it stands before, and keeps what comes back.

What is kept holds no secret: no credential the request carried, wherever the answer may repeat it;
no header that could be one; no field or parameter named like one. Answers that are secrets
themselves (tokens, a vault's values) are passed on and not kept, nor are those about the moment
rather than about the request: 401, 403, 408, 429, from 500 on, and redirects, which are not
followed.

Not modelled: WebSockets; answers larger than 256 MB.
"""

import contextlib
import logging
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import orjson

from cogml_mocks import recordings
from cogml_mocks.messages import Request, Response
from cogml_mocks.operations import ServiceError, decode_json
from cogml_mocks.recordings import ORIGIN, SECRET_NAME, Recorded

CREDENTIALS = ("ocp-apim-subscription-key", "api-key", "authorization", "cookie", "x-ms-api-key")
MOST_ANSWERS = 1_000  # to one request
MOST_BYTES = 256 * 2**20
MOMENTARY = frozenset({401, 403, 408, 429})
THREADS = 32
TIMEOUT_SECONDS = 120.0
_PATH = "/:@!$&'()*+,;=~"  # what stands for itself in a path
_LEAST_SECRET = 6  # a shorter text is found in too much that is none
_HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
    *("te", "trailer", "transfer-encoding", "upgrade"),
}
_OF_THE_REQUEST = _HOP_BY_HOP | {
    *("host", "content-length", "content-encoding", "accept-encoding", "expect")
}
_OF_THE_ANSWER = _HOP_BY_HOP | {"content-length", "content-encoding", "date", "alt-svc"}
_NOT_KEPT = re.compile(r"(?i)cookie|auth|session|server|^via$|client-?ip|report|^nel$")
_SIGNED = re.compile(
    r"(?i)([?&](?:[a-z_-]*(?:key|token|secret|sig|signature|code))=)[^&\"'\s<>\\]+"
)
_LOG = logging.getLogger("cogml_mocks")


def check_upstream(address: str) -> str:
    """Return the address without a slash at its end; ``ValueError`` for one not to be recorded."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"record expects the address of a service, https://..., not {address!r}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("record expects an address without a user, a query or a fragment")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError(f"record sends keys to https and to this machine only, not to {address!r}")
    return address.rstrip("/")


class Recorder:
    """Stands before one service and writes to one folder."""

    def __init__(self, upstream: str, folder: Path) -> None:
        self._upstream = check_upstream(upstream)
        self._folder = folder
        self._exchanges: dict[str, list[Recorded]] = {}
        self._lock = Lock()

    @cached_property
    def threads(self) -> ThreadPoolExecutor:
        """Where requests are passed on."""
        return ThreadPoolExecutor(THREADS, "cogml-mocks-record")

    @cached_property
    def _transport(self) -> Any:
        import httpx  # it takes a tenth of a second

        # Not a client: it would log addresses with the signatures in them.
        parts = urlsplit(self._upstream)
        proxy = None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)
        limits = httpx.Limits(max_connections=THREADS, max_keepalive_connections=THREADS)
        return httpx.HTTPTransport(limits=limits, proxy=proxy)

    def close(self) -> None:
        """Close its connections; what is under way is not waited for."""
        if "threads" in self.__dict__:
            self.threads.shutdown(wait=False, cancel_futures=True)
        if "_transport" in self.__dict__:
            self._transport.close()

    def pass_on(self, request: Request, path: str, base_url: str, is_private: bool) -> Response:
        """Return the service's answer; keep it unless it is a secret or about the moment."""
        response = self._ask(request, path)
        if not is_private and _is_lasting(response.status):
            self._keep(request, path, response)
        headers = [(n, v.replace(self._upstream, base_url)) for n, v in response.headers]
        body = response.body
        if _is_text(response):
            body = body.replace(self._upstream.encode(), base_url.encode())
        return Response(response.status, body, headers, response.reason)

    def _ask(self, request: Request, path: str) -> Response:
        import httpx

        headers = {n: v for n, v in request.headers.items() if n not in _OF_THE_REQUEST}
        query = f"?{request.query_string}" if request.query_string else ""
        url = self._upstream + quote(path, safe=_PATH) + query
        timeout = httpx.Timeout(TIMEOUT_SECONDS).as_dict()
        try:
            asked = httpx.Request(
                request.method,
                url,
                headers=headers,
                content=request.body or None,
                extensions={"timeout": timeout},
            )
            with contextlib.closing(self._transport.handle_request(asked)) as answer:
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise _no_answer(f"an answer of over {MOST_BYTES} bytes")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _no_answer(type(error).__name__) from None
        kept = [(n, v) for n, v in answer.headers.items() if n.lower() not in _OF_THE_ANSWER]
        return Response(answer.status_code, bytes(body), kept, answer.reason_phrase or None)

    def _keep(self, request: Request, path: str, response: Response) -> None:
        secrets = _secrets(request)
        answer = self._cleaned(response, secrets)
        key = recordings.fingerprint(request, path)
        with self._lock:
            answers = self._exchanges.setdefault(key, [])
            if answers and (answers[-1].status, answers[-1].body) == (answer.status, answer.body):
                return
            if len(answers) == MOST_ANSWERS:
                return
            answers.append(answer)
            shown = _without(path, secrets)
            asked = {
                "method": request.method,
                "path": shown,
                "query": _without(recordings.public_query(request.query_string), secrets),
                "media_type": recordings.media_type(request.headers),
                "bytes": len(request.body),
                "fingerprint": key,
            }
            document = {"request": asked, "answers": [each.to_json() for each in answers]}
            self._write(_file_name(request.method, shown, key), document)

    def _write(self, name: str, document: dict[str, Any]) -> None:
        written = orjson.dumps(document, option=orjson.OPT_INDENT_2)
        partial = self._folder / f"{name}.partial"
        partial.write_bytes(written)
        partial.replace(self._folder / name)
        _LOG.info("recorded %s", name)

    def _cleaned(self, response: Response, secrets: Iterable[str]) -> Recorded:
        def clean(text: str) -> str:
            text = text.replace(self._upstream, ORIGIN)
            return _SIGNED.sub(r"\1***", _without(text, secrets))

        headers = tuple(
            (name.lower(), clean(value))
            for name, value in response.headers
            if not _NOT_KEPT.search(name) and not SECRET_NAME.search(name)
        )
        if not _is_text(response):
            return Recorded(response.status, headers, response.body, is_text=False)
        try:
            body = orjson.dumps(_masked(decode_json(response.body), clean))
        except ValueError:
            body = clean(response.body.decode()).encode()
        return Recorded(response.status, headers, body, is_text=True)


def _is_lasting(status: int) -> bool:
    return status < 500 and not 300 <= status < 400 and status not in MOMENTARY


def _is_text(response: Response) -> bool:
    try:
        response.body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _secrets(request: Request) -> list[str]:
    """Return what a request carries that opens something, the longest first."""
    found = [request.headers.get(name, "") for name in CREDENTIALS]
    found += [value.partition(" ")[2] for value in found]
    query = parse_qsl(request.query_string)
    found += [value for name, value in query if SECRET_NAME.search(name)]
    found = [text.strip() for text in found]
    return sorted((text for text in set(found) if len(text) >= _LEAST_SECRET), key=len)[::-1]


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


# Fields that services name so and that open something; `keyPhrases` opens nothing.
_FIELD = re.compile(
    r"(?i)(access|refresh|id|sas)_?token|client_?secret|password|"
    r"(api|account|primary|secondary|subscription|shared)?_?key[12]?|connection_?string"
)


def _masked(document: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(document, str):
        return clean(document)
    if isinstance(document, list):
        return [_masked(each, clean) for each in document]
    if not isinstance(document, dict):
        return document
    return {
        clean(name): "***"
        if isinstance(value, str) and _FIELD.fullmatch(name)
        else _masked(value, clean)
        for name, value in document.items()
    }


def _file_name(method: str, path: str, key: str) -> str:
    words = re.sub(r"[^A-Za-z0-9.]+", "-", path).strip("-")[:60]
    return f"{method.lower()}-{words}-{key[:16]}.json"


def _no_answer(why: str) -> ServiceError:
    return ServiceError(502, "502", f"The recorded service gave no answer: {why}.")
