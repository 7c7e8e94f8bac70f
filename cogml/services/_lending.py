"""A file is lent over loopback, for as long as somebody is to read it."""

from __future__ import annotations

import contextlib
import http.server
import pathlib
import secrets
import socketserver
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote


class _Server(socketserver.ThreadingTCPServer):
    # Not one of http.server: those ask what this machine is called, which may take seconds.
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a reader may go away, and says itself what it could not read."""


@contextlib.contextmanager
def lent(path: pathlib.Path) -> Iterator[str]:
    """An address of this machine, that nobody guesses, at which one file can be read meanwhile."""
    place = f"/{secrets.token_urlsafe(24)}/{quote(path.name)}"

    class Lender(http.server.BaseHTTPRequestHandler):
        timeout = 30

        def do_GET(self) -> None:
            if not secrets.compare_digest(self.path.encode(), place.encode()):
                self.send_error(404)
                return
            try:
                data = path.read_bytes()
            except OSError:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("content-type", "text/csv")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the address is a secret of two."""

    server = _Server(("127.0.0.1", 0), Lender)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{place}"
    finally:
        # Beside, since it waits for a moment, and this is where the requests of a run are driven.
        threading.Thread(target=_ended, args=(server,), daemon=True).start()


def _ended(server: _Server) -> None:
    server.shutdown()
    server.server_close()
