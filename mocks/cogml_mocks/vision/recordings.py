"""A recorded analysis of a picture goes before a computed one, whatever features are asked for.

A recording names the pictures it is of, by address and by the SHA-256 of their bytes, and holds
an analysis in the service's own form. Its `source` says which parts came from the cloud and which
the suite computed. One recording comes with the package; the folder of the suite's setting
`recordings` may hold more: `*.json` files of the same form, which go first.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cogml_mocks.operations import decode_json
from cogml_mocks.recordings import HEADER, documents

MARK = (HEADER, "true")


@dataclass(frozen=True, slots=True)
class Recordings:
    """Recorded analyses by address and by digest."""

    by_address: dict[str, dict[str, Any]]
    by_digest: dict[str, dict[str, Any]]

    def of_address(self, address: str | None) -> dict[str, Any]:
        """Return the analysis recorded for an address; empty for none."""
        return self.by_address.get(address or "", {})

    def of_digest(self, digest: str) -> dict[str, Any]:
        """Return the analysis recorded for a picture's bytes; empty for none."""
        return self.by_digest.get(digest, {})


@cache
def load(folder: Path | None) -> Recordings:
    """Read the recordings; ``ValueError`` names a file that is not one."""
    found = Recordings({}, {})
    own = files("cogml_mocks.vision").joinpath("recorded.json")
    sources = [("recorded.json", decode_json(own.read_bytes()))]
    sources += [] if folder is None else documents(folder)
    for name, document in sources:
        try:
            for recording in document.get("recordings", ()):
                analysis = dict(recording["analysis"])
                found.by_address.update(dict.fromkeys(recording.get("urls", ()), analysis))
                found.by_digest.update(dict.fromkeys(recording.get("sha256", ()), analysis))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{name} holds no recordings: {error!r}") from error
    return found
