"""A visual feature is one field of an answer, made from what was found in the picture.

Positions are in pixels of the picture as it was sent. The only objects are people; where no more
than a face was found, the rectangle is that of the face. What no engine finds is an empty list.

Not modelled: ratings of adult content; the flags are false and the scores 0 for every picture.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cogml_mocks.engines.faces import Face
    from cogml_mocks.engines.figures import Figure
    from cogml_mocks.engines.picture_analysis import Analysis, Named

MAX_DESCRIPTION_TAGS = 20


def compute(field: str, analysis: "Analysis", scale: float) -> Any:
    """Return one field; ``scale`` turns the analysed picture's pixels into the sent one's."""
    return _FIELDS[field](analysis, scale)


def captions(found: "list[Named]") -> list[dict[str, Any]]:
    """Return captions as the service writes them."""
    return [{"text": caption.name, "confidence": caption.confidence} for caption in found]


def _categories(analysis: "Analysis", scale: float) -> Any:
    return [{"name": found.name, "score": found.confidence} for found in analysis.categories]


def _tags(analysis: "Analysis", scale: float) -> Any:
    return [{"name": tag.name, "confidence": tag.confidence} for tag in analysis.tags]


def _description(analysis: "Analysis", scale: float) -> Any:
    names = [tag.name for tag in analysis.tags[:MAX_DESCRIPTION_TAGS]]
    return {"tags": names, "captions": captions(analysis.captions(10))}


def _faces(analysis: "Analysis", scale: float) -> Any:
    return [{"faceRectangle": _rectangle(face, scale)} for face in analysis.faces]


def _objects(analysis: "Analysis", scale: float) -> Any:
    found = []
    for person in analysis.people:
        left, top, width, height = _rectangle(person, scale).values()
        rectangle = {"x": left, "y": top, "w": width, "h": height}
        found.append({"rectangle": rectangle, "object": "person", "confidence": person.confidence})
    return found


def _color(analysis: "Analysis", scale: float) -> Any:
    colours = analysis.colours
    return {
        "dominantColorForeground": colours.foreground,
        "dominantColorBackground": colours.background,
        "dominantColors": colours.dominant,
        "accentColor": colours.accent,
        "isBWImg": colours.is_black_and_white,
    }


def _image_type(analysis: "Analysis", scale: float) -> Any:
    kind = analysis.kind
    return {"clipArtType": kind.clip_art, "lineDrawingType": int(kind.line_drawing)}


def _adult(analysis: "Analysis", scale: float) -> Any:
    flags = dict.fromkeys(("isAdultContent", "isRacyContent", "isGoryContent"), False)
    return {**flags, **dict.fromkeys(("adultScore", "racyScore", "goreScore"), 0.0)}


def _brands(analysis: "Analysis", scale: float) -> Any:
    return []


def _rectangle(found: "Face | Figure", scale: float) -> dict[str, int]:
    names = ("left", "top", "width", "height")
    return {name: round(getattr(found, name) * scale) for name in names}


_FIELDS: dict[str, Callable[["Analysis", float], Any]] = {
    "categories": _categories,
    "tags": _tags,
    "description": _description,
    "faces": _faces,
    "imageType": _image_type,
    "color": _color,
    "adult": _adult,
    "brands": _brands,
    "objects": _objects,
}
