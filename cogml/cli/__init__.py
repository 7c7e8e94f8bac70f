"""The command `cogml`: data goes to stdout, everything that is said about it to stderr.

Exit codes: 0 done; 1 a row, a check or a package failed; 2 the call itself was wrong; 130 and 143
interrupted, terminated: what was answered by then is in `cacheDir`, if one is set. typer is
imported below `main` only, so that its absence is a sentence and not a traceback.
"""

from __future__ import annotations

import signal
import sys

_PACKAGES = {"typer", "rich", "click"}


def main() -> None:
    """Run the command line of this process."""
    try:
        from cogml.cli.app import app
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _PACKAGES:
            raise
        print(f"cogml: {error.name} is not installed: pip install 'cogml[cli]'", file=sys.stderr)
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without ✓ shows a ? instead of failing
            stream.reconfigure(errors="replace")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        app(prog_name="cogml")
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def _end(number: int, frame: object) -> None:
    """End as an exception, so that files that are half written are removed on the way out."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    if hasattr(signal, "setitimer"):
        # Python drops an exception raised inside a destructor: ask again where that has happened.
        signal.signal(signal.SIGALRM, end)
        signal.setitimer(signal.ITIMER_REAL, 1.0)
    end()
