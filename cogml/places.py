"""A text in a row names a place: an address of the web, or a file where this runs."""

from __future__ import annotations

import pathlib
from typing import Any
from urllib.request import url2pathname


def is_address(value: Any) -> bool:
    """Whether this is the text of an http address."""
    return isinstance(value, str) and value.lower().startswith(("http://", "https://"))


def file_path(place: str) -> pathlib.Path | None:
    """The path of a file's place, a path or a `file://` URL; None for any other URL."""
    scheme, parted, _ = place.partition("://")
    if not parted:
        return pathlib.Path(place)
    return pathlib.Path(url2pathname(place.removeprefix("file://"))) if scheme == "file" else None
