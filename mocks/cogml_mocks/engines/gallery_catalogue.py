"""A picture of the gallery is a title, words to find it by, and the scene to draw.

There are no photographs: what is listed as `Photo` are landscapes, softened and grained in a
photograph's manner. Quotations of an author whose works are not in the public domain have no known
licence; everything else is free to use.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import regex

from cogml_mocks.engines.quotations import KING, QUOTATIONS

CLIPART, LINE, PHOTO, TRANSPARENT = "Clipart", "Line", "Photo", "Transparent"
PAPER = "F6F4EE"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What is known of a picture before it is drawn; ``days_known`` is its age in the index."""

    title: str
    keywords: str
    size: tuple[int, int]
    scene: str
    arguments: dict[str, Any]
    types: frozenset[str] = frozenset({CLIPART})
    content: str | None = None
    background: str | None = PAPER
    public: bool = True
    published: date = date(2016, 1, 4)
    days_known: int = 0
    name: str = field(default="")

    @property
    def encoding(self) -> str:
        """``jpeg``, or ``png`` for what has sharp edges or no background."""
        return "jpeg" if self.scene == "card" or PHOTO in self.types else "png"

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}.{'jpg' if self.encoding == 'jpeg' else 'png'}"


CARD_COLOURS = (
    ("FFFFFF", "1F3A5F"), ("1B1B1B", "F2E3C6"), ("FFFFFF", "7A1F2B"), ("143D2B", "DCEBDD"),
    ("FFFFFF", "141414"), ("3B1F4A", "EADCF2"), ("FFFFFF", "2F6B4F"), ("4A2A12", "F3D9B8"),
    ("FFFFFF", "3A3F8F"), ("102A43", "CFE3F1"), ("FFFFFF", "8A4B14"), ("222222", "E8E8E8"),
)  # fmt: skip
CARD_SIZES = ((800, 600), (600, 600), (960, 540), (600, 800), (640, 480), (720, 720), (400, 300))
COLOURS = {
    "black": "141414", "blue": "1F55C4", "brown": "7B4A22", "gray": "8C8C8C", "green": "2E8B3D",
    "orange": "F07C1B", "pink": "F28CB1", "purple": "7D2FA8", "red": "D3202B", "teal": "118C8B",
    "white": "FFFFFF", "yellow": "F5D21F",
}  # fmt: skip
PLATE_SIZES = ((128, 128), (256, 256), (160, 90), (320, 180))
SHAPES: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("circle", "ellipse", {"a": 0.8, "b": 0.8}, "red"),
    ("circle", "ellipse", {"a": 0.8, "b": 0.8}, "blue"),
    ("oval", "ellipse", {"a": 0.85, "b": 0.5}, "green"),
    ("triangle", "regular", {"corners": 3}, "orange"),
    ("square", "regular", {"corners": 4}, "teal"),
    ("square", "regular", {"corners": 4}, "red"),
    ("pentagon", "regular", {"corners": 5}, "purple"),
    ("hexagon", "regular", {"corners": 6}, "brown"),
    ("octagon", "regular", {"corners": 8}, "red"),
    ("star", "star", {"points": 5}, "yellow"),
    ("star", "star", {"points": 8}, "blue"),
    ("heart", "heart", {}, "red"),
    ("heart", "heart", {}, "pink"),
    ("spiral", "spiral", {}, "black"),
)
DAY, DUSK, NIGHT = ("5B9BD5", "DCEBF7"), ("4B2E5C", "F4A259"), ("0B1330", "2C3E66")
LANDSCAPES: tuple[tuple[str, str, tuple[int, int], str, dict[str, Any]], ...] = (
    ("mountains by day", "mountain hill summer", (1280, 800), "landscape", {
        "sky": DAY, "ground": ("8FA3B5", "6E8B74", "4F7A45"),
        "sun": (0.6, -0.6, 0.14, "FFF3B0")}),
    ("mountains at sunset", "mountain hill evening dusk", (1280, 720), "landscape", {
        "sky": DUSK, "ground": ("6B4C6E", "4A3550", "2B2033"),
        "sun": (-0.3, -0.1, 0.2, "FFE08A")}),
    ("hills by moonlight", "night moon hill", (1024, 768), "landscape", {
        "sky": NIGHT, "ground": ("22304F", "18233B", "0E1626"),
        "sun": (0.5, -0.55, 0.12, "F4F1DE")}),
    ("snowy mountains", "snow winter mountain ice", (1280, 720), "landscape", {
        "sky": ("A9C3DD", "EEF4FA"), "ground": ("DCE6EF", "EDF2F7", "FFFFFF"), "sun": None}),
    ("desert dunes", "desert sand dune dry", (1200, 600), "landscape", {
        "sky": ("6FB1E0", "F7E2B7"), "ground": ("E0B469", "D19A4A", "BC8338"),
        "sun": (0.2, -0.6, 0.13, "FFF8D6")}),
    ("green valley in spring", "valley meadow spring", (480, 640), "landscape", {
        "sky": DAY, "ground": ("9DB88A", "7CA864", "5E9A45"),
        "sun": (-0.4, -0.8, 0.16, "FFF3B0")}),
    ("sailing boat at sea", "sea ocean ship sail water summer beach", (1280, 853), "sea", {
        "sky": DAY, "water": "2B6CA3", "sand": "E3CF9F"}),
    ("boat at dusk", "sea ocean ship sail evening sunset beach", (640, 960), "sea", {
        "sky": DUSK, "water": "4A3B66", "sand": "7C6650"}),
    ("city skyline at night", "town building skyscraper lights window", (1366, 768), "city", {
        "sky": NIGHT, "walls": ("1B2233", "232C42", "10151F")}),
    ("city at dawn", "town building skyline morning", (900, 600), "city", {
        "sky": ("F2A477", "FCE6C9"), "walls": ("6B5B73", "55495E", "806E86")}),
    ("fir forest", "forest tree wood", (1024, 1024), "forest", {
        "sky": ("BBD7E8", "EAF3F7"), "leaves": ("1F4D2B", "2B6337", "17402A")}),
    ("rainbow over a meadow", "rain weather sky colours", (1000, 700), "rainbow", {
        "sky": ("7C93A8", "CFD9E0"), "ground": "5E9A45"}),
)  # fmt: skip
FACES = (
    ("smiling girl", "child happy smile joy", ("F0C8A0", "6B3E1E", 1.0, None)),
    ("sad boy", "child unhappy sorrow", ("E0AC84", "2A1A10", -1.0, None)),
    ("calm man", "adult neutral", ("B97A50", "141414", 0.0, None)),
    ("merry woman", "adult happy smile", ("F3D0B0", "A8432B", 0.8, "2F6B4F")),
    ("old man", "elder grandfather grey", ("E3B48E", "C9C9C9", 0.2, "1F3A5F")),
    ("worried woman", "adult unhappy", ("8A5535", "141414", -0.6, "7D2FA8")),
)
ANIMALS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("cat", "kitten pet", {"fur": "E08A2E"}),
    ("dog", "puppy pet", {"fur": "8A5A33"}),
    ("fish", "sea water swim", {"scales": "F07C1B", "fins": "F5D21F"}),
    ("bird", "wing fly nature", {"feathers": "1F55C4", "wing": "143A8A"}),
    ("rabbit", "bunny hare pet", {"fur": "B9B2A8"}),
    ("butterfly", "insect wing fly", {"wings": "7D2FA8", "spots": "F5D21F"}),
    ("snail", "shell slow garden", {"shell": "A5652A", "body": "C9B27C"}),
    ("owl", "bird night wisdom", {"feathers": "7B4A22", "breast": "E4CFA5"}),
)
CHARTS = (
    ("bar chart of yearly sales", "bar", (3, 5, 4, 7, 8), ("1F55C4",)),
    ("line chart of temperature", "line", (4, 6, 9, 13, 17, 20, 22, 21, 17, 12, 7, 4), ("D3202B",)),
    ("pie chart of votes", "pie", (42, 31, 17, 10), ("1F55C4", "D3202B", "F5D21F", "2E8B3D")),
    ("scatter chart of measurements", "scatter", (2, 3, 2.5, 4, 5, 4.4, 6, 7.5, 9), ("7D2FA8",)),
    ("area chart of visitors", "area", (1, 3, 2, 5, 4, 6, 8, 7), ("118C8B", "0B5C5B")),
    ("histogram of ages", "bar", (1, 4, 9, 14, 12, 8, 5, 2, 1), ("2E8B3D",)),
)


def _cards() -> Iterator[Picture]:
    for i, (words, author, source, about) in enumerate(QUOTATIONS):
        ink, paper = CARD_COLOURS[i % len(CARD_COLOURS)]
        yield Picture(
            f"{author}: {words}",
            f"quote quotation saying words {about} {source}",
            CARD_SIZES[i % len(CARD_SIZES)],
            "card",
            {"words": words, "author": author, "source": source, "ink": ink, "paper": paper},
            public=author != KING,
        )


def _landscapes() -> Iterator[Picture]:
    for i, (title, keywords, size, scene, arguments) in enumerate(LANDSCAPES):
        words = f"landscape nature view {keywords}"
        photo = frozenset({PHOTO})
        yield Picture(title, words, size, scene, arguments | {"seed": i}, photo)


def _drawings() -> Iterator[Picture]:
    for shape, scene, arguments, colour in SHAPES:
        filled = {"colour": COLOURS[colour]} | arguments
        words = f"shape geometry geometric {colour}"
        drawn = Picture(f"{colour} {shape}", words, (400, 400), scene, filled)
        if scene == "heart" or scene == "star":
            drawn = replace(drawn, types=frozenset({CLIPART, TRANSPARENT}), background=None)
        yield drawn
    for animal, keywords, arguments in ANIMALS:
        words = f"animal {keywords}"
        clipart = Picture(f"{animal} clip art", words, (500, 500), animal, arguments)
        yield clipart
        yield replace(clipart, title=f"{animal} line drawing", types=frozenset({LINE}))
    for title, keywords, (skin, hair, mood, shirt) in FACES:
        content = "Face" if shirt is None else "Portrait"
        yield Picture(
            f"{'face' if shirt is None else 'portrait'} of a{'n' * (title[0] in 'aeiou')} {title}",
            f"face person people head {keywords}",
            (480, 480) if shirt is None else (480, 600),
            "face",
            {"skin": skin, "hair": hair, "mood": mood, "shirt": shirt},
            content=content,
            background="D9E4EC",
        )
    for title, form, values, colours in CHARTS:
        plotted = {"form": form, "values": values, "colours": colours}
        words = "chart graph diagram plot statistics data"
        yield Picture(title, words, (640, 400), "chart", plotted)


def _plates() -> Iterator[Picture]:
    for i, (name, colour) in enumerate(COLOURS.items()):
        words = f"color colour plate swatch {'grey' if name == 'gray' else ''}"
        size = PLATE_SIZES[i % len(PLATE_SIZES)]
        yield Picture(f"plate of {name}", words, size, "plate", {"colour": colour})


def _named() -> Iterator[Picture]:
    pictures = [*_cards(), *_landscapes(), *_drawings(), *_plates()]
    for i, picture in enumerate(pictures):
        name = regex.sub(r"[^a-z0-9]+", "-", picture.title.lower()).strip("-")
        day = picture.published + timedelta(days=37 * i % 2900)
        # Ages from hours to years, the same on every day, so that freshness always has an answer.
        yield replace(picture, name=name, published=day, days_known=(37 * i % 97) ** 2 // 10)


PICTURES = tuple(_named())
"""Every picture, in the order that breaks ties."""

BY_FILE = {picture.file: picture for picture in PICTURES}
BY_NAME = {picture.name: picture for picture in PICTURES}
