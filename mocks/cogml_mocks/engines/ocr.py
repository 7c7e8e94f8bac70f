"""Text is read by the recogniser of the package rapidocr, with the models it carries.

A line has the recogniser's own box, turned as the line is, and its confidence. A word's box is
cut from the line's by where the recogniser saw its characters, so it is as high as the line. A
line of low confidence is dropped, and so is one of a character or two that would fill a quarter of
the picture: those are edges, not letters.

Not modelled: whether a line is printed or written by hand; text from top to bottom.
"""

from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from threading import Lock
from typing import Any

MIN_CONFIDENCE = 0.7
SIDE = 960  # pixels a side, in which lines are sought
_LOCK = Lock()

Box = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word, its four corners clockwise from the top left in pixels, its confidence."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line, its four corners clockwise from the top left in pixels, and its words."""

    text: str
    box: Box
    confidence: float
    words: tuple[Word, ...]


def read(pixels: Any) -> list[Line]:
    """Return the lines of a picture (blue, green, red), from top to bottom."""
    with _LOCK:
        found = _engine()(pixels)
    if found.txts is None:
        return []
    height, width = pixels.shape[:2]
    words = found.word_results if len(found.word_results) == len(found.txts) else ()
    lines = [
        _line(text.strip(), _corners(box), round(float(score), 3), parts)
        for text, box, score, parts in zip_longest(found.txts, found.boxes, found.scores, words)
    ]
    return [line for line in lines if line.text and not _is_frame(line, width * height)]


def area(box: Box) -> float:
    """Return the square pixels in a box."""
    following = (*box[1:], box[0])
    return abs(sum(a * d - b * c for (a, b), (c, d) in zip(box, following, strict=True))) / 2


def _line(text: str, box: Box, confidence: float, parts: Any) -> Line:
    words = tuple(
        Word(word.strip(), _corners(corners), round(float(sure), 3))
        for word, sure, corners in parts or ()
        if word.strip()
    )
    return Line(text, box, confidence, words or (Word(text, box, confidence),))


def _corners(box: Any) -> Box:
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in box)


def _is_frame(line: Line, picture_area: int) -> bool:
    return len(line.text) <= 2 and area(line.box) > picture_area / 4


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.return_word_box": True,
            # More threads spin while they wait: on two cores that takes twice the processor time.
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "Global.text_score": MIN_CONFIDENCE,
            # Small pictures are not blown up, which takes seconds, and nothing is thickened: on the
            # real pictures that were tried more words came out right.
            "Det.limit_type": "max",
            "Det.limit_side_len": SIDE,
            "Det.use_dilation": False,
        }
    )
