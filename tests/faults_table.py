"""What each fault comes to in a row: every one is made and run through, and the table written.

    PYTHONPATH=mocks:tests python -m faults_table    # prints the lines and writes docs/faults.md

The columns on cogml are what came of it; the last one is what SynapseML does, from its source.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import gzip
import http.server
import pathlib
import re
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
from cases import case_of, picture
from harness import Endpoint
from interrupting import ROWS, hold_back, program, started, wait_until_the_window_is_full

import cogml_mocks
from cogml.loop import process_loop
from cogml.schema import ERROR

DOCUMENT = pathlib.Path(__file__).parent.parent / "docs" / "faults.md"
TEXT, PICTURE = case_of("TextSentiment"), case_of("ReadImage")
TEXTS = ["a happy day", "a sad day", "a day"]
LONG = 10_000  # milliseconds, of which nobody waits for more than a few
LONGEST = 110  # characters of a message

# What SynapseML does with several faults alike.
NOTHING = (
    "one retry, then output and error both null, as for a null input (`HTTPClients.scala:212-216`)"
)
FINAL = "not retried; body and status in the error column"
ONCE = "one retry after 100 ms; body and status in the error column"
FOR_EVER = "retried for ever, without deadline or budget (`HTTPClients.scala:97-190`)"
NULLS = (
    "a struct of nulls and no error (`Parsers.scala:194`, executed); the text stages fail the task "
    "on it (`TextAnalytics.scala:184-185`)"
)
IN_OUTPUT = "in the output column; the error column is null"
LENGTH = "fails the task: `FlattenBatch` asserts equal lengths (`MiniBatchTransformer.scala:205`)"
UNKNOWN = "not looked into"


@dataclasses.dataclass(frozen=True)
class Fault:
    """A fault, how it is made, and what SynapseML does about it.

    Made by rules of the suite; or by a server that `answers` with these headers and bytes; or it
    lies in `settings` (`{there}` stands for the suite's address, `{host}` for its host and port)
    or in the `texts`.
    """

    name: str
    peer: str
    rules: tuple[dict[str, Any], ...] = ()
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    texts: list[Any] | None = None
    job: bool = False
    answers: tuple[dict[str, str], bytes] | None = None
    earlier: list[Any] | None = None


def status(number: int, **more: Any) -> dict[str, Any]:
    """The rule for an answer of this status."""
    return {"kind": "status", "status": number, **more}


def poll(rule: dict[str, Any]) -> dict[str, Any]:
    """The rule for polls alone."""
    return {**rule, "path": "*/analyzeResults/*"}


def job_at(address: str) -> tuple[dict[str, Any], ...]:
    """The rule for a job that is said to be at this address."""
    return (status(202, path="*/analyze", headers={"Operation-Location": address}),)


DOCUMENTS = '{"documents":[{"id":"0","sentiment":"positive"},{"id":"1","sentiment":"negative"},'
FAILED = {"status": "failed", "error": {"code": "InternalError", "message": "It broke."}}
ENVELOPE = {"error": {"code": "InternalError", "message": "It broke."}}
HTML = "<html><body>Welcome to the hotel's network</body></html>"
BOMB = ({"Content-Encoding": "gzip"}, gzip.compress(b" " * 3_000_000, mtime=0))
SLOW = {"kind": "latency", "delay_ms": LONG}
EARLIER = {field.name: None for field in ERROR} | {
    "code": "row_rejected",
    "message": "the earlier reason",
    "attempts": 0,
}

FAULTS: dict[str, list[Fault]] = {
    "On the way": [
        Fault("connection refused", NOTHING, settings={"endpoint": "http://127.0.0.1:9/"}),
        Fault("no such host", NOTHING, settings={"endpoint": f"http://{'a' * 64}.invalid/"}),
        Fault("TLS: certificate not trusted", NOTHING, settings={"endpoint": "{tls}"}),
        Fault("TLS: no TLS there", NOTHING, settings={"endpoint": "https://{host}/"}),
        Fault("dropped before the answer", NOTHING, ({"kind": "drop_before_answer"},)),
        Fault("reset in the middle of the answer", NOTHING, ({"kind": "drop_mid_answer"},)),
        Fault("answer shorter than it says", NOTHING, ({"kind": "truncated_body"},)),
        Fault("dropped twice, then well", NOTHING, ({"kind": "drop_before_answer", "times": 2},)),
        Fault("no answer within `timeout`", NOTHING, (SLOW,), {"timeout": 0.2}),
        Fault(
            "an answer that trickles",
            "waited for: its `timeout` is for each read, not for the answer",
            ({"kind": "slow_body", "chunk_bytes": 1, "interval_ms": 100},),
            {"timeout": 0.2},
        ),
        Fault(
            "the run's `deadline` passes",
            "there is none; `concurrentTimeout` fails the task",
            (SLOW,),
            {"deadline": 1.0},
        ),
    ],
    "Refused": [
        Fault("400", FINAL, (status(400),)),
        Fault("401, a wrong key", FINAL + ", for every row anew", (status(401),)),
        Fault("403", FINAL, (status(403),)),
        Fault("404", FINAL, (status(404),)),
        Fault("408", FINAL, (status(408),)),
        Fault("410", FINAL, (status(410),)),
        Fault("413", FINAL, (status(413),)),
        Fault("415", FINAL, (status(415),)),
        Fault("418", FINAL, (status(418),)),
        Fault("429, once, `Retry-After` in seconds",
              "waits so long, at most 60 s, and up to a tenth more",
              ({"kind": "throttle", "retry_after": 0, "times": 1},)),
        Fault("429, once, `Retry-After` as a date", "the date is ignored: exponential wait",
              ({"kind": "throttle", "retry_after": 0, "retry_after_form": "date", "times": 1},)),
        Fault("429, once, `retry-after-ms`", "ignored: exponential wait",
              ({"kind": "throttle", "retry_after": 0.001, "retry_after_form": "milliseconds",
                "times": 1},)),
        Fault("429, once, without advice", "exponential wait",
              ({"kind": "throttle", "retry_after_form": "none", "times": 1},)),
        Fault("429, again and again", FOR_EVER, ({"kind": "throttle", "retry_after": 0},)),
        Fault("429, come back in an hour", "asks again every 60 s, for ever",
              ({"kind": "throttle", "retry_after": 3600},)),
        Fault("429, `CapacityLimitExceeded`", FINAL, ({"kind": "quota", "status": 429},)),
        Fault("403, out of quota", FINAL, ({"kind": "quota"},)),
        Fault("500", ONCE, (status(500),)),
        Fault("500 with a page of HTML", ONCE, (status(500, body=HTML),)),
        Fault("502", ONCE, (status(502),)),
        Fault("503", ONCE, (status(503),)),
        Fault("503, twice, then well", ONCE, (status(503, times=2),)),
        Fault("504", ONCE, (status(504),)),
        Fault("501", ONCE, (status(501),)),
        Fault("302 to another host", ONCE, ({"kind": "redirect"},)),
        Fault("304", ONCE, (status(304, body=""),)),
    ],
    "Answered, but how": [
        Fault("200, HTML", NULLS, (status(200, body=HTML),)),
        Fault("200, malformed JSON", NULLS, ({"kind": "malformed_json"},)),
        Fault("200, nothing", "output and error both null", ({"kind": "empty_body"},)),
        Fault("200, `[]`", NULLS, ({"kind": "wrong_shape", "shape": "array"},)),
        Fault("200, `{}`", NULLS, ({"kind": "wrong_shape", "shape": "object"},)),
        Fault("200, an error's envelope", NULLS, (status(200, body=ENVELOPE),)),
        Fault("200, in UTF-16", UNKNOWN, answers=({}, (DOCUMENTS + "]}").encode("utf-16"))),
        Fault("200, cut off inside gzip", UNKNOWN,
              answers=({"Content-Encoding": "gzip"}, gzip.compress(b"{}" * 99, mtime=0)[:20])),
        Fault("200, not the gzip it says", UNKNOWN,
              answers=({"Content-Encoding": "gzip"}, b"no gzip at all")),
        Fault("200, more than `answerBytes`", UNKNOWN, ({"kind": "huge_body", "megabytes": 2},),
              {"answerBytes": 1_000_000}),
        Fault("200, more than that once it is unzipped", UNKNOWN,
              settings={"answerBytes": 1_000_000}, answers=BOMB),
        Fault("204", ONCE, (status(204, body=""),)),
        Fault("206, a part", ONCE, (status(206, body=DOCUMENTS),)),
        Fault("202 where no job was asked for", FINAL, (status(202, body=""),)),
        Fault("one document is missing", LENGTH, ({"kind": "missing_document"},)),
        Fault("one document under a foreign id", UNKNOWN, ({"kind": "foreign_id"},)),
        Fault("one document twice", UNKNOWN, ({"kind": "duplicated_id"},)),
        Fault("documents in another order", "by id as well", ({"kind": "reordered_documents"},)),
        Fault("a field of the wrong type", "that field is null; no error",
              ({"kind": "wrong_type"},)),
        Fault("`NaN` where a number stands", UNKNOWN,
              (status(200, body=DOCUMENTS + '{"id":"2","sentiment":NaN}]}'),)),
        Fault("a number beyond all types", UNKNOWN,
              (status(200, body=DOCUMENTS + '{"id":"2","sentiment":"mixed","statistics":'
                      f'{{"charactersCount":{10**30}}}}}]}}'),)),
    ],
    "Rows": [
        Fault("a null text", "output and error both null", texts=["a happy day", None]),
        Fault("an empty text", IN_OUTPUT, texts=["a happy day", ""]),
        Fault("a text that is too long", IN_OUTPUT, texts=["a happy day", "long " * 1200]),
        Fault("a failure of an earlier stage, with `upstreamErrorCol`",
              "where both share an error column the row is sent, and its answer thrown away",
              settings={"upstreamErrorCol": "earlier"}, earlier=[None, EARLIER, None]),
    ],
    "Jobs": [
        Fault("it ends as failed", "200: " + IN_OUTPUT + " (`ComputerVision.scala:234`)",
              (poll(status(200, body=FAILED)),), job=True),
        Fault("it never ends",
              "`TimeoutException` fails the Spark job (`ComputerVision.scala:236`)",
              (poll(status(200, body={"status": "running"})),), {"maxPollingRetries": 3}, job=True),
        Fault("an unknown status", "`RuntimeException` fails the Spark job",
              (poll(status(200, body={"status": "resting"})),), job=True),
        Fault("a poll without a status", "polled up to 1,001 times",
              (poll(status(200, body={})),), job=True),
        Fault("its address is on another host", "asked there, with the key",
              job_at("http://elsewhere.example/1"), job=True),
        Fault("it has no address", "`NoSuchElementException` fails the Spark job",
              (status(202, path="*/analyze", body=""),), job=True),
        Fault("its result is gone: a poll gets 404", "polled up to 1,001 times",
              (poll(status(404)),), job=True),
        Fault("a poll gets 429, once", "waits", (poll({"kind": "throttle", "retry_after": 0,
                                                      "times": 1}),), job=True),
        Fault("polls get 500", "retried, then polled up to 1,001 times", (poll(status(500)),),
              job=True),
        Fault("polls are dropped", "fails the Spark job (`ComputerVision.scala:267`)",
              (poll({"kind": "drop_before_answer"}),), job=True),
    ],
}  # fmt: skip

INTERRUPTED = {
    "`kill -9`": ("begins anew: there is no cache; Spark sends the task's rows again", 9),
    "Ctrl-C": ("begins anew", signal.SIGINT),
}


class Suites:
    """A suite, one that speaks TLS with a certificate nobody knows, and an address a fault."""

    def __init__(self, plain: cogml_mocks.Suite, tls: cogml_mocks.Suite) -> None:
        self.plain = plain
        self.tls = tls

    def endpoint(self, fault: str) -> Endpoint:
        """An address for this fault alone."""
        return Endpoint(self.plain, f"fault-{fault.encode().hex()}")


@contextlib.contextmanager
def suites() -> Iterator[Suites]:
    """The servers that faults are run against."""
    with (
        tempfile.TemporaryDirectory() as folder,
        cogml_mocks.serve() as plain,
        cogml_mocks.serve(tls=folder) as tls,
    ):
        yield Suites(plain, tls)


@contextlib.contextmanager
def answering(headers: dict[str, str], body: bytes) -> Iterator[str]:
    """The address of a server that gives every request this answer."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def line(fault: Fault, given: Suites) -> str:
    """The fault's line of the table."""
    endpoint = given.endpoint(fault.name)
    if fault.rules:
        endpoint.fault(*fault.rules)
    with contextlib.ExitStack() as stack:
        there = endpoint.url
        if fault.answers is not None:
            there = stack.enter_context(answering(*fault.answers))
        host = there.split("/")[2]
        settings = {
            name: value.replace("{host}", host).replace("{tls}", given.tls.url)
            if isinstance(value, str)
            else value
            for name, value in fault.settings.items()
        }
        rows, tried = outcome(fault, {"endpoint": there} | settings)
    failed = [row for row in rows if row["err"] is not None]
    answered = sum(row["out"] is not None for row in rows)
    codes = collections.Counter(row["err"]["code"] for row in failed)
    if failed:
        tried = max(row["err"]["attempts"] for row in failed)
    cells = [
        fault.name,
        ", ".join(f"`{code}`" for code in codes) or "none",
        f"{answered} of {len(rows)}" if answered else "none",
        str(tried),
        shown(failed[0]["err"], host) if failed else "",
        fault.peer,
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def outcome(fault: Fault, settings: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """The rows, and how often the service was asked."""
    if fault.job:
        stage = PICTURE.make(**settings)
        table = pa.table({"imageBytes": [picture(1)]})
    else:
        stage = TEXT.make(**settings)
        table = pa.table({"text": pa.array(fault.texts or TEXTS, pa.string())})
    if fault.earlier is not None:
        table = table.append_column("earlier", pa.array(fault.earlier, ERROR))
    rows = stage.transform(table).to_pylist()
    return rows, stage.run_report.requests


def shown(error: dict[str, Any], host: str) -> str:
    """The message, without what differs from machine to machine."""
    message = error["message"].replace(host, "HOST")
    if error["status"] is None and error["code"] == "unavailable":
        found = re.match(r"(\w+://)\S+?: (\w+): ", message)
        message = f"{found[1]}HOST: {found[2]}: …" if found else message
    message = re.sub(r"(not JSON): .*", r"\1: …", message)
    return message if len(message) <= LONGEST else message[: LONGEST - 1] + "…"


def interrupted(name: str, given: Suites) -> str:
    """The line of a process that is ended, and of the run after it."""
    peer, number = INTERRUPTED[name]
    endpoint = given.endpoint(name)
    hold_back(endpoint)
    with tempfile.TemporaryDirectory() as folder:
        transform = program('stage.transform(pa.table({"text": texts}))')
        with started("-c", transform, endpoint.url, folder) as process:
            wait_until_the_window_is_full(endpoint)
            process.send_signal(number)
            process.communicate("\n", timeout=30)
        answered = len([r for r in endpoint.requests() if r["status"] == 200]) * 10
        endpoint.suite.reset(base=endpoint.name)
        stage = TEXT.make(endpoint=endpoint.url, cacheDir=folder)
        table = pa.table({"text": [f"nice {n}" for n in range(ROWS)]})
        failed = stage.transform(table)["err"].drop_null()
    assert len(failed) == 0
    asked = endpoint.documents()
    said = (
        f"of {ROWS:,} rows {answered} were answered; the next run, with the same `cacheDir`, "
        f"sends {asked} and gives all"
    )
    return f"| {name} | none | {ROWS:,} of {ROWS:,} | | {said} | {peer} |"


TITLE = """\
# What goes wrong, and what a row says then

Each of these faults was made, most by the local suite's own rules ([testing.md](testing.md)), and
run through with `backoffs=[1, 1]`: two retries. `PYTHONPATH=mocks:tests python -m faults_table`
writes this page, and a test holds it to what a run gives. Rows are three texts in one request, or
for jobs one picture. `code`, `attempts` and `message` are fields of the error column; `answered`
are the rows with an output. Where nothing failed, the number in the place of `attempts` counts the
requests of all rows.

No fault raises, ends the run early or loses a row, and none gives null without an error but a null
input. What is wrong with the *settings* raises `ParamError` before the first request.

What SynapseML does is read from its source (1.1.3, and the tree of 2026-08), and was run only where
it says so. Files are under `core/.../io/http`, `core/.../stages` and `cognitive/.../services`. Its
error column holds `response` and `status`, but no code and no message; to it only HTTP 200 is
success.
"""
HEAD = "| fault | code | answered | attempts | message | SynapseML |\n|---|---|---|---:|---|---|"


def document(lines: dict[str, str]) -> str:
    """The page, of a line for each fault."""
    parts = [TITLE]
    sections = {name: [fault.name for fault in faults] for name, faults in FAULTS.items()}
    for section, names in (sections | {"The process": list(INTERRUPTED)}).items():
        parts.append("\n".join([f"## {section}\n", HEAD, *(lines[name] for name in names), ""]))
    return "\n".join(parts)


def makers() -> dict[str, Callable[[Suites], str]]:
    """What makes each fault's line."""
    made: dict[str, Callable[[Suites], str]] = {}
    for fault in (fault for faults in FAULTS.values() for fault in faults):
        made[fault.name] = lambda given, fault=fault: line(fault, given)
    for name in INTERRUPTED:
        made[name] = lambda given, name=name: interrupted(name, given)
    return made


def main() -> None:
    """Make every fault, print its line and write the page."""
    lines = {}
    with suites() as given:
        for name, make in makers().items():
            process_loop().hosts.clear()  # what a host said to one fault holds no other back
            lines[name] = make(given)
            print(lines[name])
    DOCUMENT.write_text(document(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
