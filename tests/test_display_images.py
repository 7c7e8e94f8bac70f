"""Pictures are shown with what was found in them, and refused in words."""

from __future__ import annotations

import io
import pathlib
import struct
import zlib
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from drawn import FRAMES, THROTTLED, words

from cogml import display
from cogml.errors import ParamError
from cogml.schema import ERROR


def picture(width: int = 120, height: int = 80, kind: str = "PNG") -> bytes:
    import PIL.Image

    content = io.BytesIO()
    PIL.Image.new("RGB", (width, height), (200, 180, 40)).save(content, kind)
    return content.getvalue()


def bomb() -> bytes:
    """A small file that says it holds 400 million pixels."""
    whole = picture()
    header = b"IHDR" + struct.pack(">II", 20_000, 20_000) + whole[24:29]
    return whole[:12] + header + struct.pack(">I", zlib.crc32(header)) + whole[33:]


ANALYSIS = {
    "description": {"tags": ["box"], "captions": [{"text": "a yellow box", "confidence": 0.9}]},
    "faces": [
        {"age": None, "gender": None, "faceRectangle": dict(left=5, top=5, width=9, height=9)}
    ],
    "objects": [{"object": "box", "confidence": 0.5, "rectangle": dict(x=1, y=2, w=30, h=40)}],
    "brands": [{"name": "Acme", "confidence": 0.7, "rectangle": dict(x=1, y=2, w=3, h=4)}],
}
OCR_ANSWER = {
    "language": "en",
    "regions": [
        {"lines": [{"boundingBox": "1,2,30,4", "words": [{"text": "To"}, {"text": "be"}]}]},
    ],
}
READ_ANSWER = {
    "status": "succeeded",
    "analyzeResult": {
        "readResults": [
            {"page": 1, "lines": [{"boundingBox": [1, 1, 9, 1, 9, 5, 1, 5], "text": "or not"}]}
        ]
    },
}


def test_a_picture_has_its_boxes_and_its_caption() -> None:
    from matplotlib.patches import Polygon

    figure = display.image(picture(), ANALYSIS)
    said = words(figure)
    for part in ("a yellow box (90%)", "face", "box (50%)", "Acme (70%)"):
        assert part in said
    assert len(figure.axes[0].findobj(Polygon)) == 2 + 2 + 1
    assert figure.axes[0].get_images()[0].get_extent() == [0, 120, 80, 0]


@pytest.mark.parametrize(("answer", "text"), [(OCR_ANSWER, "To be"), (READ_ANSWER, "or not")])
def test_text_is_outlined_and_written_below(answer: Any, text: str) -> None:
    figure = display.image(picture(), pa.scalar(answer))
    said = words(figure)
    assert "1 line of text" in said
    assert text in said


def test_lines_over_the_limit_are_counted() -> None:
    line = {"boundingBox": "1,2,30,4", "words": [{"text": "To"}]}
    said = words(display.image(picture(), {"regions": [{"lines": [line] * 40}]}))
    assert "28 lines more" in said


def test_tags_stand_in_where_there_is_no_caption() -> None:
    assert "a, b" in words(display.image(picture(), {"tags": [{"name": "a"}, {"name": "b"}]}))
    assert "error: throttled" in words(display.image(picture(), None, THROTTLED))


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "BMP", "PNG", "TIFF"])
def test_a_picture_is_bytes_or_the_place_of_a_file(kind: str, tmp_path: pathlib.Path) -> None:
    place = tmp_path / "a picture"
    place.write_bytes(picture(kind=kind))
    for given in (place, str(place), place.read_bytes(), pa.scalar(place.read_bytes())):
        assert display.image(given).axes


def test_a_large_picture_is_shown_smaller_with_its_boxes_in_place() -> None:
    figure = display.image(picture(3000, 2000, "JPEG"), ANALYSIS)
    (shown,) = figure.axes[0].get_images()
    assert max(shown.get_array().shape) <= 1200
    assert shown.get_extent() == [0, 3000, 2000, 0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (b"no picture", "no picture that can be shown"),
        (b"", "no picture that can be shown"),
        (picture()[:60], "no picture that can be shown"),
        (bomb(), "no picture that can be shown.*pixels"),
        ("nowhere.png", "no picture that can be shown.*nowhere.png"),
        ("https://host/a.png", "nothing is fetched here; BingImageSearch.downloadFromUrls"),
        (None, "found a NoneType"),
        (3, "found a int"),
    ],
)
def test_what_is_no_picture_is_refused(given: Any, message: str) -> None:
    with pytest.raises(ParamError, match=message):
        display.image(given)


def test_what_is_no_analysis_is_refused() -> None:
    with pytest.raises(ParamError, match=r"expected an analysis.*found a list"):
        display.image(picture(), [1])


@pytest.mark.parametrize("kind", FRAMES)
def test_a_gallery_shows_pictures_and_why_there_is_none(kind: str) -> None:
    table = pa.table(
        {
            "image": [picture(), None, b"spoilt", None],
            "image_error": pa.array([None, THROTTLED, None, None], ERROR),
            "seen": [ANALYSIS, None, None, None],
        }
    )
    figure = display.gallery(FRAMES[kind](table), "image", "seen")
    said = words(figure)
    for part in ("a yellow box", "error: throttled", "this is no picture", "no picture"):
        assert part in said
    assert "1 with an error (1 throttled)" in said


def test_a_gallery_has_its_limit_and_captions() -> None:
    frame = pa.table({"image": [picture()] * 7, "name": [f"picture {n}" for n in range(7)]})
    said = words(display.gallery(frame, captionCol="name", columns=2, most=5))
    assert "the first 5 of 7 pictures" in said
    assert "picture 4" in said
    assert "picture 5" not in said
    with pytest.raises(ParamError, match="at least 1"):
        display.gallery(frame, columns=0)


def test_an_analysis_out_of_a_pandas_row_is_drawn() -> None:
    """Which holds arrays where other cells hold lists."""
    box = {"left": 1, "top": 2, "width": 30, "height": 40}
    analysis = {"faces": np.array([{"faceRectangle": box}], dtype=object), "tags": np.array([])}
    figure = display.image(picture(), analysis)
    assert "face" in [text.get_text() for text in figure.axes[0].texts]
