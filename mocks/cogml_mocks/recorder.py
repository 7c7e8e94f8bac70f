"""A recorder passes requests on to the service it stands before, and keeps what comes back.

What is kept holds no secret (see `redaction`); what cannot be kept, in a folder that is full for
example, is passed on all the same. Answers that are secrets themselves (tokens, a vault's values)
are passed on and not kept, nor are those about the moment rather than about the request: 401, 403,
408, 429, from 500 on, and redirects, which are not followed.

All that is under way is a task of the server's loop: it ends when its time is over or the server
stops, whatever the service does meanwhile. Of what was kept, memory holds a digest.

Not modelled: WebSockets; answers larger than 256 MB; one folder that two record into at once (each
replaces the other's answers to the same request).
"""

import asyncio
import contextlib
import logging
import os
import re
import threading
from collections.abc import Coroutine
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import orjson

from cogml_mocks import recordings, redaction
from cogml_mocks.messages import Answered, Request, Response
from cogml_mocks.operations import ServiceError

MOST_ANSWERS = 100  # to one request; what came after is not kept
MOST_BYTES = 256 * 2**20
MOMENTARY = frozenset({401, 403, 408, 429})
MOST_AT_ONCE = 32
TIMEOUT_SECONDS = 120.0  # for a whole answer
_HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
    *("te", "trailer", "transfer-encoding", "upgrade"),
}
_OF_THE_REQUEST = _HOP_BY_HOP | {
    *("host", "content-length", "content-encoding", "accept-encoding", "expect")
}
_OF_THE_ANSWER = _HOP_BY_HOP | {"content-length", "content-encoding", "date", "alt-svc"}
_LOG = logging.getLogger("cogml_mocks")


def check_upstream(address: str) -> str:
    """Return the address without a slash at its end; ``ValueError`` for one not to be recorded."""
    parts = urlsplit(address)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ValueError(f"record expects the address of a service, https://..., not {address!r}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("record expects an address without a user, a query or a fragment")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError(f"record sends keys to https and to this machine only, not to {address!r}")
    # As services write their own address, whose place the suite's is to take.
    scheme, host = parts.scheme.lower(), parts.hostname
    host = f"[{host}]" if ":" in host else host
    standard = {"http": 80, "https": 443}[scheme]
    port = "" if parts.port in (None, standard) else f":{parts.port}"
    return f"{scheme}://{host}{port}{parts.path}".rstrip("/")


class Recorder:
    """Stands before one service and writes to one folder."""

    def __init__(self, upstream: str, folder: Path) -> None:
        self._upstream = check_upstream(upstream)
        self._folder = folder
        self._tasks: set[asyncio.Task[Answered]] = set()
        self._free = asyncio.Semaphore(MOST_AT_ONCE)
        self._kept: dict[bytes, tuple[int, bytes]] = {}  # how many answers; the last one's digest
        self._locks = [threading.Lock() for _ in range(MOST_AT_ONCE)]
        self._transport = _transport(self._upstream)

    def start(self, passing: Coroutine[Any, Any, Answered]) -> "asyncio.Task[Answered]":
        """Begin to pass a request on, in the loop that runs."""
        task = asyncio.get_running_loop().create_task(passing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Give up what is under way, and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._transport.aclose()

    async def pass_on(
        self, request: Request, path: str, base_url: str, is_private: bool
    ) -> Response:
        """Return the service's answer; keep it unless it is a secret or about the moment.

        `ServiceError` with 502 where there is none, or none in time.
        """
        raw = request.raw_path or quote(path)
        if path != request.path:  # a base path is the suite's own
            raw = "/" + raw.split("/", 3)[3] if raw.count("/") > 2 else "/"
        response = await self._ask(request, raw)

        def finish() -> Response:
            if not is_private and _is_lasting(response.status):
                try:
                    self._keep(request, path, response)
                except (OSError, ValueError, TypeError, RecursionError) as error:
                    _LOG.warning("not recorded: %s: %s", type(error).__name__, error)
            return self._readdressed(response, base_url)

        return await asyncio.to_thread(finish)

    async def _ask(self, request: Request, path: str) -> Response:
        import httpx

        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers.items()
            if name not in _OF_THE_REQUEST
        ]
        query = f"?{request.query_string}" if request.query_string else ""
        body = bytearray()
        try:
            url = self._upstream + path + query
            asked = httpx.Request(
                request.method, url, headers=headers, content=request.body or None
            )
            async with self._free, asyncio.timeout(TIMEOUT_SECONDS):
                answer = await self._transport.handle_async_request(asked)
                async with contextlib.aclosing(answer):
                    async for piece in answer.aiter_bytes():
                        body += piece
                        if len(body) > MOST_BYTES:
                            raise _no_answer(f"an answer of over {MOST_BYTES} bytes")
        except TimeoutError:
            raise _no_answer(f"none that is whole in {TIMEOUT_SECONDS:g} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _no_answer(type(error).__name__) from None
        answer.headers.encoding = "latin-1"  # byte by byte
        kept = [(n, v) for n, v in answer.headers.multi_items() if n not in _OF_THE_ANSWER]
        return Response(answer.status_code, bytes(body), kept, answer.reason_phrase or None)

    def _readdressed(self, response: Response, base_url: str) -> Response:
        """Return the answer with the suite's address in place of the service's."""
        headers = [(n, v.replace(self._upstream, base_url)) for n, v in response.headers]
        body = response.body
        with contextlib.suppress(UnicodeDecodeError):
            body.decode()  # a picture has no addresses
            body = body.replace(self._upstream.encode(), base_url.encode())
        return Response(response.status, body, headers, response.reason)

    def _keep(self, request: Request, path: str, response: Response) -> None:
        secrets = redaction.secrets(request)
        answer = redaction.redacted(response, self._upstream, secrets)
        fingerprint = recordings.fingerprint(request, path)
        key = bytes.fromhex(fingerprint)
        # Two jobs that were submitted alike differ in their place only.
        places = [value for name, value in answer.headers if name.endswith("location")]
        digest = blake2b(repr((answer.status, places)).encode() + answer.body, digest_size=16)
        shown = redaction.without(path, secrets)
        file = self._folder / _file_name(request.method, shown, fingerprint)
        parameters = {name for name, _ in parse_qsl(request.query_string, keep_blank_values=True)}
        asked = {
            "method": request.method,
            "path": shown,
            "parameters": sorted(redaction.without(name, secrets) for name in parameters),
            "media_type": request.media_type,
            "bytes": len(request.body),
            "fingerprint": fingerprint,
        }
        with self._locks[key[0] % len(self._locks)]:
            count, last = self._kept.get(key, (0, b""))
            if last == digest.digest() or count == MOST_ANSWERS:
                return
            earlier = _answers(file) if count else []  # those of an earlier run are replaced
            _write(file, {"request": asked, "answers": [*earlier, answer.to_json()]})
            self._kept[key] = count + 1, digest.digest()


def _transport(upstream: str) -> Any:
    import httpx  # it takes a tenth of a second

    # Not a client: it would log addresses with the signatures in them.
    parts = urlsplit(upstream)
    proxy = None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)
    limits = httpx.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=MOST_AT_ONCE)
    return httpx.AsyncHTTPTransport(limits=limits, proxy=proxy)


def _is_lasting(status: int) -> bool:
    return status < 500 and not 300 <= status < 400 and status not in MOMENTARY


def _answers(file: Path) -> list[Any]:
    with contextlib.suppress(FileNotFoundError):
        return list(orjson.loads(file.read_bytes())["answers"])
    return []


def _write(file: Path, document: dict[str, Any]) -> None:
    """Write a file whole or not at all, whoever else writes it."""
    part = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        part.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        part.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    _LOG.info("recorded %s", file.name)


def _file_name(method: str, path: str, key: str) -> str:
    words = re.sub(r"[^A-Za-z0-9.]+", "-", path).strip("-")[:60]
    return f"{method.lower()}-{words}-{key[:16]}.json"


def _no_answer(why: str) -> ServiceError:
    return ServiceError(502, "502", f"The recorded service gave no answer: {why}.")
