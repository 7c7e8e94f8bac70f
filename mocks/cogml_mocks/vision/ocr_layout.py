"""Text in the two forms of the service: by region with upright boxes, by page with corners.

`document` is the older form, of `ocr`: the slant is taken out around the middle of the picture
and a box is the text "left,top,width,height". `page` is the form of Read: a box is eight numbers
on the picture as it is. A language is the one asked for, or that of all the text together.

Not modelled: orientations other than up, the style of handwriting.
"""

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cogml_mocks.engines.ocr import Box, Line

_CODES = {"zh_chs": "zh-Hans", "zh_cht": "zh-Hant"}
_UNKNOWN = "(Unknown)"


def document(
    lines: "list[Line]", language: str, turn: bool, scale: float, size: tuple[int, int]
) -> dict[str, Any]:
    """Return the answer of `ocr` without its model version."""
    from cogml_mocks.engines import text_layout

    angle = text_layout.slant(lines) if turn else 0.0
    centre = (size[0] / scale / 2, size[1] / scale / 2)
    regions = []
    for region in text_layout.regions(lines, angle, centre):
        boxes = [placed.line.box for placed in region]
        regions.append(
            {
                "boundingBox": _text_box(text_layout.bounds(boxes, angle, centre), scale),
                "lines": [
                    {
                        "boundingBox": _text_box(placed.bounds, scale),
                        "words": [
                            {
                                "boundingBox": _text_box(
                                    text_layout.bounds([word.box], angle, centre), scale
                                ),
                                "text": word.text,
                            }
                            for word in placed.line.words
                        ],
                    }
                    for placed in region
                ],
            }
        )
    return {
        "language": _language(lines) or "unk" if language == "unk" else language,
        "textAngle": math.radians(-angle) if angle else 0.0,
        "orientation": "Up" if lines else "NotDetected",
        "regions": regions,
    }


def page(
    lines: "list[Line]",
    number: int,
    language: str,
    natural: bool,
    size: tuple[int, int],
    scale: float,
) -> dict[str, Any]:
    """Return one page of Read."""
    from cogml_mocks.engines import text_layout

    angle = text_layout.slant(lines)
    if natural:
        centre = (size[0] / scale / 2, size[1] / scale / 2)
        groups = text_layout.regions(lines, angle, centre)
        lines = [placed.line for region in groups for placed in region]
    found = {"page": number, "angle": angle, "width": size[0], "height": size[1], "unit": "pixel"}
    spoken = language or _language(lines)
    if spoken:
        found["language"] = spoken
    found["lines"] = [
        {
            "boundingBox": _corners(line.box, scale),
            "text": line.text,
            "words": [
                {
                    "boundingBox": _corners(word.box, scale),
                    "text": word.text,
                    "confidence": word.confidence,
                }
                for word in line.words
            ],
        }
        for line in lines
    ]
    return found


def _language(lines: "list[Line]") -> str:
    from cogml_mocks.engines import language_id

    _, code, _ = language_id.detect(" ".join(line.text for line in lines))
    return "" if code == _UNKNOWN else _CODES.get(code, code)


def _text_box(bounds: tuple[float, float, float, float], scale: float) -> str:
    left, top, right, bottom = (round(side * scale) for side in bounds)
    return f"{left},{top},{right - left},{bottom - top}"


def _corners(box: "Box", scale: float) -> list[int]:
    return [round(side * scale) for corner in box for side in corner]
