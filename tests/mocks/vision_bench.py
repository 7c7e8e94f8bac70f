"""What the tests of the suite's vision share: drawn pictures, how they are sent, where they are."""

from __future__ import annotations

import io
from typing import Any

import cv2
import httpx
import numpy as np
from PIL import Image
from suite_bench import Bench

V32 = "/vision/v3.2"
BYTES = {"Content-Type": "application/octet-stream"}
RED, GREEN, BLUE, WHITE, BLACK = (
    (0, 0, 255), (40, 160, 40), (235, 150, 60), (255, 255, 255), (0, 0, 0)
)  # fmt: skip
ALL = "Categories,Tags,Description,Faces,ImageType,Color,Adult,Brands,Objects"


def plain(colour: tuple[int, int, int] = WHITE, width: int = 300, height: int = 200) -> Any:
    return np.full((height, width, 3), colour, np.uint8)


def photograph(pixels: Any, spread: int = 14) -> Any:
    """What a camera adds: noise."""
    noise = np.random.default_rng(7).integers(-spread, spread + 1, pixels.shape)
    return np.clip(pixels.astype(int) + noise, 0, 255).astype(np.uint8)


def written(*lines: str, width: int = 640, height: int = 200) -> Any:
    pixels = plain(WHITE, width, height)
    for row, line in enumerate(lines):
        at = (30, 70 + 80 * row)
        cv2.putText(pixels, line, at, cv2.FONT_HERSHEY_SIMPLEX, 1.6, BLACK, 3, cv2.LINE_AA)
    return pixels


def encoded(pixels: Any, extension: str = "png") -> bytes:
    if extension == "gif":  # which not every version of OpenCV writes
        file = io.BytesIO()
        Image.fromarray(pixels[:, :, ::-1] if pixels.ndim == 3 else pixels).save(file, "GIF")
        return file.getvalue()
    done, data = cv2.imencode(f".{extension}", pixels)
    assert done
    return data.tobytes()


def send(bench: Bench, path: str, content: bytes, **headers: str) -> httpx.Response:
    return bench.client.post(bench.url + V32 + path, content=content, headers=BYTES | headers)


def error(response: httpx.Response) -> tuple[int, str, str]:
    """Status, outer code and inner code of a refusal."""
    found = response.json()["error"]
    assert set(found) == {"code", "message", "innererror"}
    assert set(found["innererror"]) == {"code", "message"}
    return response.status_code, found["code"], found["innererror"]["code"]
