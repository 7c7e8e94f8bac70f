"""A result of Image Analysis 4.0 is made from what was found in a picture, or from a recording.

Positions are whole pixels of the picture as it was sent, and inside of it. The only objects are
people; where no more than a face was found, the box is that of the face. `None` is a result that
there is nothing for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cogml_mocks.engines.ocr import Box
    from cogml_mocks.engines.picture_analysis import Analysis, Named

MAX_CAPTIONS = 10
WIDEST = 2.0  # of a crop nobody gave the proportions of; the tallest is as tall


@dataclass(frozen=True)
class Seen:
    """A picture's analysis, its size as sent in pixels, what crops are asked for, what is recorded.

    ``caption`` is a recorded one; the first of the dense captions is the same.
    """

    analysis: "Analysis"
    size: tuple[int, int]
    ratios: tuple[float, ...] = ()
    caption: dict[str, Any] | None = None

    @property
    def scale(self) -> float:
        """Pixels as sent to a pixel as analysed."""
        return float(self.size[0] / self.analysis.pixels.shape[1])

    def box(self, left: float, top: float, width: float, height: float) -> dict[str, int]:
        """Return an analysed picture's rectangle in the sent one."""
        x, y = self._inside(left, top)
        right, bottom = self._inside(left + width, top + height)
        return {"x": x, "y": y, "w": right - x, "h": bottom - y}

    def polygon(self, corners: "Box") -> list[dict[str, int]]:
        """Return an analysed picture's corners in the sent one."""
        points = (self._inside(x, y) for x, y in corners)
        return [{"x": x, "y": y} for x, y in points]

    def _inside(self, x: float, y: float) -> tuple[int, int]:
        width, height = self.size
        across, down = round(x * self.scale), round(y * self.scale)
        return min(max(0, across), width), min(max(0, down), height)


def compute(feature: str, seen: Seen) -> Any:
    """Return one result."""
    return FEATURES[feature](seen)


def of_recording(recorded: dict[str, Any]) -> dict[str, Any]:
    """Return what a recorded analysis of Computer Vision v3.2 says, as results of this one."""
    found: dict[str, Any] = {}
    if metadata := recorded.get("metadata"):
        found["metadata"] = {name: metadata[name] for name in ("width", "height")}
    if "tags" in recorded:
        tags = [{name: tag[name] for name in ("name", "confidence")} for tag in recorded["tags"]]
        found["tags"] = {"values": tags}
    for first in recorded.get("description", {}).get("captions", ())[:1]:
        found["caption"] = {name: first[name] for name in ("text", "confidence")}
    if "objects" in recorded:
        objects = [
            _object(one["rectangle"], one["object"], one["confidence"])
            for one in recorded["objects"]
        ]
        found["objects"] = {"values": objects}
    return found


def _caption(seen: Seen) -> Any:
    return seen.caption or _said(seen.analysis.caption)


def _dense_captions(seen: Seen) -> Any:
    """The whole picture's caption, then those of its parts."""
    width, height = seen.size
    found = [{**_caption(seen), "boundingBox": {"x": 0, "y": 0, "w": width, "h": height}}]
    for part in seen.analysis.parts:
        box = seen.box(part.left, part.top, part.width, part.height)
        if all(box != one["boundingBox"] for one in found):
            found.append({**_said(part.caption), "boundingBox": box})
    return {"values": found[:MAX_CAPTIONS]}


def _objects(seen: Seen) -> Any:
    found = [
        _object(seen.box(one.left, one.top, one.width, one.height), "person", one.confidence)
        for one in seen.analysis.people
    ]
    return {"values": found}


def _people(seen: Seen) -> Any:
    found = []
    for one in seen.analysis.people:
        box = seen.box(one.left, one.top, one.width, one.height)
        found.append({"boundingBox": box, "confidence": one.confidence})
    return {"values": found}


def _read(seen: Seen) -> Any:
    lines = [
        {
            "text": line.text,
            "boundingPolygon": seen.polygon(line.box),
            "words": [
                {
                    "text": word.text,
                    "boundingPolygon": seen.polygon(word.box),
                    "confidence": word.confidence,
                }
                for word in line.words
            ],
        }
        for line in seen.analysis.lines
    ]
    return {"blocks": [{"lines": lines}]} if lines else None


def _smart_crops(seen: Seen) -> Any:
    from cogml_mocks.engines import thumbnails

    analysis = seen.analysis
    area = thumbnails.area_of_interest(analysis.pixels, analysis.faces)
    left, top, width, height = seen.box(*area).values()
    fitting = round(min(max(1 / WIDEST, width / max(1, height)), WIDEST), 2)
    found = []
    for ratio in seen.ratios or (fitting,):
        sides = thumbnails.crop(seen.size, ratio, (left, top, width, height))
        box = dict(zip("xywh", sides, strict=True))
        found.append({"aspectRatio": ratio, "boundingBox": box})
    return {"values": found}


def _tags(seen: Seen) -> Any:
    tags = seen.analysis.tags
    return {"values": [{"name": tag.name, "confidence": tag.confidence} for tag in tags]}


def _said(caption: "Named") -> dict[str, Any]:
    return {"text": caption.name, "confidence": caption.confidence}


def _object(box: dict[str, int], name: str, confidence: float) -> dict[str, Any]:
    return {"boundingBox": box, "tags": [{"name": name, "confidence": confidence}]}


FEATURES: dict[str, Callable[[Seen], Any]] = {
    "caption": _caption,
    "denseCaptions": _dense_captions,
    "tags": _tags,
    "objects": _objects,
    "read": _read,
    "smartCrops": _smart_crops,
    "people": _people,
}
