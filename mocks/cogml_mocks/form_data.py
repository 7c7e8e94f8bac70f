"""A multipart/form-data body is parts between boundaries, each a name and its bytes (RFC 7578).

Not modelled: nested parts, transfer encodings, names in other character sets than UTF-8.
"""

import re

MOST_PARTS = 16
_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb';\s*name=(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE)


def boundary(content_type: str) -> bytes:
    """Return what stands between parts; ``ValueError`` for a type that does not say."""
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise ValueError("no boundary")
    return b"--" + (match[1] or match[2]).encode("latin-1")


def parse(content_type: str, body: bytes) -> dict[str, bytes]:
    """Return the parts by name, the first of each; ``ValueError`` for a body that has none."""
    pieces = (b"\r\n" + body).split(b"\r\n" + boundary(content_type), MOST_PARTS + 1)
    parts: dict[str, bytes] = {}
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return parts
        head, blank, content = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not blank or name is None:
            raise ValueError("a part has no name")
        parts.setdefault((name[1] or name[2] or b"").decode("utf-8", "replace"), content)
    raise ValueError("the last boundary is missing")
