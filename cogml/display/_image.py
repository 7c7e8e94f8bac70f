"""A picture with what was found in it: boxes where things are, words above and below."""

# ruff: noqa: N803
from __future__ import annotations

import io
import math
import pathlib
import re
import warnings
from typing import TYPE_CHECKING, Any

from cogml.display import _canvas
from cogml.display._columns import plain, read_with_errors
from cogml.errors import MissingPackage, ParamError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PIXELS = 1_200  # of the longer side, as it is shown; boxes stay where they are
_Corners = list[tuple[float, float]]


def image(picture: Any, analysis: Any = None, error: Any = None) -> Figure:
    """A picture with the boxes, words and colours of its analysis.

    `picture` is bytes, a `pathlib.Path` or the place of a file as text; `analysis` and `error` are
    cells of the columns that AnalyzeImage, DescribeImage, TagImage, OCR or ReadImage made. Raises
    ParamError for what is no picture.
    """
    pixels, size = _opened(picture)
    height = _canvas.WIDTH * 0.75 * min(1.2, size[1] / size[0])
    found, failed = plain(analysis), plain(error)
    lines = _text_lines(_struct(found))
    below = "\n".join(_canvas.shortened(text, 90) for text, _ in lines[:12])
    made, grid = _canvas.figure(height=height + 0.7 + 0.17 * min(len(lines), 13))
    _draw(grid[0, 0], pixels, size, _struct(found), labels=True)
    grid[0, 0].set_title(_title(found, failed, 80), fontsize=11, loc="left")
    more = f"\n… {len(lines) - 12:,} lines more" if len(lines) > 12 else ""
    grid[0, 0].set_xlabel(below + more, fontsize=9, loc="left")
    return made


def gallery(
    frame: Any,
    imageCol: str = "image",
    analysisCol: str | None = None,
    errorCol: str | None = None,
    captionCol: str | None = None,
    columns: int = 4,
    most: int = 24,
) -> Figure:
    """The pictures of a column in a grid, with what was found in them, or the error in its place.

    `captionCol` holds text to stand above each picture instead of the analysis's own words.
    """
    named = [name for name in (imageCol, analysisCol, captionCol) if name]
    outputs = [name for name in (imageCol, analysisCol) if name]
    found, errors = read_with_errors(frame, named, outputs, errorCol)
    if not errors:
        raise ParamError("there are no rows to show")
    if columns < 1 or most < 1:
        raise ParamError("columns and most are at least 1")
    count = min(len(errors), most)
    rows = math.ceil(count / columns)
    made, grid = _canvas.figure(rows, columns, height=0.5 + rows * (0.6 + 6.6 / columns))
    for place, axes in enumerate(grid.flat):
        if place >= count:
            axes.set_axis_off()
            continue
        analysis = found[analysisCol][place] if analysisCol else None
        _tile(axes, found[imageCol][place], analysis, errors[place])
        words = found[captionCol][place] if captionCol else None
        width = 84 // columns
        title = _title(analysis, errors[place], width) if words is None else words
        if analysisCol and analysis is None and not title:
            title = "no answer"
        axes.set_title(_canvas.shortened(title, width, 2), fontsize=9)
    said = [f"the first {count} of {len(errors):,} pictures" if len(errors) > count else ""]
    said.append(_canvas.failures(errors))
    if any(said):
        made.suptitle(", ".join(filter(None, said)), fontsize=11)
    return made


def _tile(axes: Axes, picture: Any, analysis: Any, error: Any) -> None:
    try:
        if picture is not None:
            _draw(axes, *_opened(picture), _struct(analysis), labels=False)
            return
        reason = str((error or {}).get("message") or "no picture")
    except ParamError as refused:
        reason = str(refused)
    axes.set(xticks=[], yticks=[], facecolor=_canvas.PALE)
    axes.text(
        0.5, 0.5, _canvas.shortened(reason, 24, 6),
        ha="center", va="center", fontsize=8, transform=axes.transAxes,
    )  # fmt: skip


def _opened(picture: Any) -> tuple[Any, tuple[int, int]]:
    """The picture, not larger than it is shown, and its own size in pixels."""
    try:
        import PIL.Image
    except ImportError as error:
        raise MissingPackage(
            f"cogml.display needs {error.name}: pip install 'cogml[display]'"
        ) from None
    _canvas.figure(height=1)  # so that a missing matplotlib is named before a picture is blamed
    picture = plain(picture)
    if isinstance(picture, str) and re.match(r"https?://", picture):
        raise ParamError(
            f"{picture!r} is an address, and nothing is fetched here; "
            f"BingImageSearch.downloadFromUrls gives the bytes"
        )
    try:
        if isinstance(picture, (str, pathlib.PurePath)):
            picture = pathlib.Path(picture).read_bytes()
        if not isinstance(picture, (bytes, bytearray, memoryview)):
            raise ParamError(
                f"expected a picture as bytes or as the place of its file; found a "
                f"{type(picture).__name__}"
            )
        with warnings.catch_warnings():
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            opened = PIL.Image.open(io.BytesIO(picture))
            size = opened.size
            opened.draft("RGB", (PIXELS, PIXELS))
            shown = opened.convert("RGBA")
            shown.thumbnail((PIXELS, PIXELS))
    except (OSError, ValueError, SyntaxError, Warning) as error:
        if isinstance(error, ParamError):
            raise
        raise ParamError(f"this is no picture that can be shown: {error}") from None
    except PIL.Image.DecompressionBombError as error:
        raise ParamError(f"this is no picture that can be shown: {error}") from None
    return shown, size


def _struct(analysis: Any) -> dict[str, Any]:
    if analysis is None:
        return {}
    if not isinstance(analysis, dict):
        raise ParamError(
            f"expected an analysis as AnalyzeImage, OCR or ReadImage give it (a struct); found a "
            f"{type(analysis).__name__}"
        )
    return analysis


def _draw(
    axes: Axes, pixels: Any, size: tuple[int, int], found: dict[str, Any], *, labels: bool
) -> None:
    axes.imshow(pixels, extent=(0, size[0], size[1], 0))
    axes.set(xticks=[], yticks=[], xlim=(0, size[0]), ylim=(size[1], 0))
    for _, corners in _text_lines(found):
        _outline(axes, corners, _canvas.BLUE, "")
    for name, colour, corners in _things(found):
        _outline(axes, corners, colour, name if labels else "")


def _outline(axes: Axes, corners: _Corners, colour: str, label: str) -> None:
    from matplotlib.patches import Polygon

    # A face is often an object's place as well: both must be seen.
    face = colour == _canvas.RED
    dashes, side, align = ("--", max, "top") if face else ("-", min, "bottom")
    if not face:
        axes.add_patch(Polygon(corners, fill=False, edgecolor="white", linewidth=3.2))
    axes.add_patch(Polygon(corners, fill=False, edgecolor=colour, linewidth=1.8, linestyle=dashes))
    if label:
        left, top = min(x for x, _ in corners), side(y for _, y in corners)
        box = {"facecolor": colour, "edgecolor": "none", "pad": 2}
        axes.text(
            left, top, _canvas.shortened(label, 30),
            color="white", fontsize=9, va=align, bbox=box, clip_on=True,
        )  # fmt: skip


def _things(found: dict[str, Any]) -> list[tuple[str, str, _Corners]]:
    """Faces, objects and brands, with where they are."""
    objects, brands, faces = (found.get(kind) or [] for kind in ("objects", "brands", "faces"))
    things = [
        *((f"{o.get('object')} {_share(o)}", _canvas.GREEN, o.get("rectangle")) for o in objects),
        *((f"{b.get('name')} {_share(b)}", _canvas.VIOLET, b.get("rectangle")) for b in brands),
        *((_face(face), _canvas.RED, face.get("faceRectangle")) for face in faces),
    ]
    return [(name, colour, _rectangle(box)) for name, colour, box in things if box]


def _face(face: dict[str, Any]) -> str:
    known = [face.get("gender"), face.get("age")]
    return " ".join(["face", *(str(one) for one in known if one is not None)])


def _share(thing: dict[str, Any]) -> str:
    share = thing.get("confidence")
    return "" if share is None else f"({share:.0%})"


def _rectangle(box: dict[str, Any] | str) -> _Corners:
    """The corners of a rectangle in any of the three ways the service writes one."""
    if isinstance(box, str):
        left, top, width, height = (float(part) for part in box.split(","))
    elif "left" in box:
        left, top, width, height = (box[name] for name in ("left", "top", "width", "height"))
    else:
        left, top, width, height = (box[name] for name in ("x", "y", "w", "h"))
    right, bottom = left + width, top + height
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _text_lines(found: dict[str, Any]) -> list[tuple[str, _Corners]]:
    """The lines of text that OCR, or ReadImage on the first page, has read."""
    lines = []
    for region in found.get("regions") or []:
        for line in region.get("lines") or []:
            text = " ".join(word.get("text") or "" for word in line.get("words") or [])
            lines.append((text, _rectangle(line["boundingBox"])))
    pages = (found.get("analyzeResult") or {}).get("readResults") or [{}]
    for line in pages[0].get("lines") or []:
        at = line.get("boundingBox") or []
        lines.append((line.get("text") or "", list(zip(at[::2], at[1::2], strict=False))))
    return lines


def _title(analysis: Any, error: Any, width: int) -> str:
    """The caption, else the tags, else how much was read; or the error."""
    if error is not None:
        return f"error: {_canvas.code_of(error)}"
    found = _struct(analysis)
    description = found.get("description") or {}
    caption = next(iter(description.get("captions") or []), None)
    tags = [tag.get("name") or "" for tag in found.get("tags") or []] or description.get("tags")
    lines = _text_lines(found)
    if caption:
        return _canvas.shortened(f"{caption['text']} {_share(caption)}", width, 2)
    if tags:
        return _canvas.shortened(", ".join(tags), width, 2)
    if lines:
        return f"{len(lines):,} {'line' if len(lines) == 1 else 'lines'} of text"
    return ""
