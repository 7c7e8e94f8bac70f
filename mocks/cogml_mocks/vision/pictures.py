"""A picture comes with the request or from the address it names, and is refused by its header.

What is too large, too small or of a format the interface does not take is never decoded. What a
picture is, its bytes say, whatever its name or its media type.

Not modelled: the EXIF orientation (a picture is taken as it is stored), pictures of over 50
million pixels (refused, whatever the service would do).
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from cogml_mocks import form_data
from cogml_mocks.engines import picture_header
from cogml_mocks.engines.picture_header import Header
from cogml_mocks.operations import Call, ServiceError, decode_json

if TYPE_CHECKING:  # numpy takes a tenth of a second
    from cogml_mocks.engines.picture_pixels import Pixels

MEDIA_TYPES = ("application/json", "application/octet-stream", "multipart/form-data")
MIN_SIDE = 50
MAX_PIXELS = 50_000_000
_DECODERS = BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Rules:
    """What one interface takes: bytes, pixels a side, formats; and the codes of its refusals."""

    max_bytes: int
    max_side: int
    formats: tuple[str, ...]
    bad_format: str = "InvalidImageFormat"
    bad_dimension: str = "InvalidImageSize"
    unreachable: str = "InvalidImageUrl"


@dataclass(frozen=True)
class Picture:
    """An encoded picture whose header has been accepted."""

    content: bytes = field(repr=False)
    header: Header

    @property
    def width(self) -> int:
        """Pixels across, of the first page."""
        return self.header.pages[0][0]

    @property
    def height(self) -> int:
        """Pixels down, of the first page."""
        return self.header.pages[0][1]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the encoded bytes, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    def pixels(self, page: int = 0) -> "Pixels":
        """Decode one page; a refusal where the bytes behind the header are broken."""
        from cogml_mocks.engines import picture_pixels

        with _DECODERS:
            try:
                return picture_pixels.decode(self.content, page)
            except ValueError:
                raise not_a_picture() from None


def address_of(call: Call) -> str | None:
    """Return the address a JSON body names; ``None`` for a body that is the picture."""
    if call.request.media_type != "application/json":
        return None
    try:
        body = decode_json(call.request.body)
    except ValueError:
        raise _invalid("BadArgument", "JSON format error.") from None
    address = body.get("url") if isinstance(body, dict) else None
    if not isinstance(address, str):
        raise _invalid("BadArgument", "The body must be an object with a url.")
    return address


def take(call: Call, rules: Rules) -> Picture:
    """Return the picture of a request, or raise the refusal."""
    address = address_of(call)
    if address is not None:
        content = _fetched(address, call.settings.image_hosts, rules)
    elif call.request.media_type == "multipart/form-data":
        content = _first_part(call)
    else:
        content = call.request.body
    return _accept(content, rules)


def not_a_picture(code: str = "InvalidImageFormat") -> ServiceError:
    """Return the refusal of bytes that are no picture, or none of a format that is taken."""
    message = "Input data is not a valid image."
    return _invalid(code, message, "Image format is not valid.")


def too_large(limit: int) -> ServiceError:
    """Return the refusal of more bytes than ``limit``."""
    return _invalid("InvalidImageSize", f"Image must be at most {limit} bytes.", _LARGE)


def _accept(content: bytes, rules: Rules) -> Picture:
    if len(content) > rules.max_bytes:
        raise too_large(rules.max_bytes)
    header = picture_header.inspect(content)
    if header is None or header.format not in rules.formats:
        raise not_a_picture(rules.bad_format)
    for width, height in header.pages:
        if min(width, height) < MIN_SIDE:
            message = f"Image must be at least {MIN_SIDE} x {MIN_SIDE} pixels."
            raise _invalid(rules.bad_dimension, message, "Image size is too small.")
        if max(width, height) > rules.max_side or width * height > MAX_PIXELS:
            message = f"Image must be at most {rules.max_side} x {rules.max_side} pixels."
            raise _invalid(rules.bad_dimension, message, _LARGE)
    return Picture(content, header)


def _first_part(call: Call) -> bytes:
    try:
        parts = form_data.parse(call.request.headers.get("content-type", ""), call.request.body)
    except ValueError as error:
        raise _invalid("BadArgument", f"The multipart body is not valid: {error}.") from None
    return next(iter(parts.values()), b"")


def _fetched(address: str, hosts: tuple[str, ...], rules: Rules) -> bytes:
    from cogml_mocks import fetch  # an HTTP client takes a tenth of a second

    try:
        return fetch.fetch(address, hosts, rules.max_bytes)
    except fetch.TooLarge:
        raise too_large(rules.max_bytes) from None
    except fetch.Malformed:
        raise _invalid("InvalidImageUrl", _MALFORMED, _MALFORMED) from None
    except fetch.Unreachable:
        raise _invalid(rules.unreachable, _UNREACHABLE, _UNREACHABLE) from None


def _invalid(code: str, detail: str, message: str = "Invalid Request.") -> ServiceError:
    return ServiceError(400, "InvalidRequest", message, (code, detail))


_LARGE = "Input image is too large."
_MALFORMED = "Image URL is badly formatted."
_UNREACHABLE = "Image URL is not accessible."
