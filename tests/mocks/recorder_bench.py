"""A service to record: it answers as it is told, and remembers what it was sent."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Said = tuple[int, list[tuple[str, str]], bytes]
SECRET = "s3cr3t-of-forty-characters-0123456789abc"


class Upstream:
    """A service of few words: it answers as it is told, and remembers what it was sent."""

    def __init__(self) -> None:
        self.answers: list[Said] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                upstream.seen.append((self.command, self.path, headers, body))
                status, given, content = upstream.answers.pop(0)
                self.send_response(status)
                for name, value in given:
                    self.send_header(name, value.replace("{me}", upstream.url))
                content = content.replace(b"{me}", upstream.url.encode())
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/resource"


def say(status: int = 200, document: object = None, **headers: str) -> Said:
    """JSON, and headers by names with underscores; ``{me}`` is the service's own address."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return status, [("Content-Type", "application/json"), *named], json.dumps(document).encode()


def say_bytes(content: bytes, media_type: str, *headers: tuple[str, str]) -> Said:
    return 200, [("Content-Type", media_type), *headers], content


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def kept(folder: Path) -> dict:
    """The one recording of a folder."""
    (file,) = files(folder)
    return json.loads(file.read_text("utf-8"))
