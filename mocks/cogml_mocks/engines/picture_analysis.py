"""What is said of a picture follows from what was found in it: tags, a caption, categories.

A tag is a face or a standing person, text, a kind, a colour that dominates, sky or grass; each
has the confidence of what it follows from. A caption is built from the tags, from the most
particular to the plainest, and there is none where nothing was found. Categories are those of the
service's own list that follow; `others_` where none does.

Not modelled: things (a dog is no tag), actions, ages, celebrities, landmarks, brands; words in
other languages than English.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cogml_mocks.engines import colours, faces, figures, ocr, outdoors, picture_kind, text_layout
from cogml_mocks.engines.colours import Colours
from cogml_mocks.engines.faces import Face
from cogml_mocks.engines.figures import Figure
from cogml_mocks.engines.ocr import Line
from cogml_mocks.engines.picture_kind import Kind
from cogml_mocks.engines.picture_pixels import Pixels

GROUP = 3
CERTAIN = 0.99
PORTRAIT_SHARE = 0.1
TEXT_SHARE = 0.1
LEAST_SCORE = 0.00390625
KIND_CONFIDENCE = 0.5  # of a photograph in which nothing else was found
_RATE_CONFIDENCE = {1: 0.6, 2: 0.8, 3: 0.95}


@dataclass(frozen=True, slots=True)
class Named:
    """A tag, a caption or a category, and how sure it is, from 0 to 1."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Part:
    """A caption of a part of a picture, and where that is in pixels."""

    caption: Named
    left: int
    top: int
    width: int
    height: int


class Analysis:
    """All that is found in one picture, each when it is first asked for."""

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels

    @cached_property
    def colours(self) -> Colours:
        """Its colours."""
        return colours.analyze(self.pixels)

    @cached_property
    def kind(self) -> Kind:
        """Whether it is a photograph, clip art or a line drawing."""
        return picture_kind.analyze(self.pixels)

    @cached_property
    def faces(self) -> list[Face]:
        """Its faces."""
        return faces.find(self.pixels)

    @cached_property
    def figures(self) -> list[Figure]:
        """Its standing people."""
        return figures.find(self.pixels)

    @cached_property
    def people(self) -> list[Face | Figure]:
        """Its people: standing ones whole, of others the face."""
        return [*self.figures, *(face for face in self.faces if not self._has_body(face))]

    @cached_property
    def lines(self) -> list[Line]:
        """Its text."""
        return ocr.read(self.pixels)

    @cached_property
    def tags(self) -> list[Named]:
        """Its tags, the surest first."""
        found = {
            **self._people(),
            **self._text(),
            **self._drawing(),
            **self._outdoors(),
            **self._colours(),
        }
        tags = [Named(name, round(confidence, 4)) for name, confidence in found.items()]
        return sorted(tags, key=lambda tag: (-tag.confidence, tag.name))

    def captions(self, count: int) -> list[Named]:
        """Return at most so many captions, the most particular first."""
        sure = {tag.name: tag.confidence for tag in self.tags}
        subject = next((found for found in self._subjects(sure) if found), None)
        place = "outdoors" if "outdoor" in sure else ""
        if subject is None:
            scenery = [name for name in ("grass", "sky") if name in sure]
            if not scenery:
                return []
            subject, place = Named(" and ".join(scenery), sure[scenery[0]]), ""
        captions = [subject]
        if place:
            text = f"{subject.name} {place}"
            captions.append(Named(text, subject.confidence * sure["outdoor"]))
        if "text" in sure and "text" not in subject.name:
            before = captions[-1]
            captions.append(Named(f"{before.name} with text", before.confidence * sure["text"]))
        return [Named(c.name, round(c.confidence, 4)) for c in reversed(captions)][:count]

    @property
    def caption(self) -> Named:
        """The most particular caption; where nothing was found, the picture's kind.

        No sign of a drawing was found then, so it is a photograph.
        """
        return next(iter(self.captions(1)), Named("a photograph", KIND_CONFIDENCE))

    @cached_property
    def parts(self) -> list[Part]:
        """Its people, then its blocks of text, each with a caption of its own."""
        found = []
        for one in self.people:
            name = "a person" if isinstance(one, Figure) else "a human face"
            caption = Named(name, min(one.confidence, CERTAIN))
            found.append(Part(caption, one.left, one.top, one.width, one.height))
        for block in text_layout.regions(self.lines, 0, (0, 0)):
            surest = max(placed.line.confidence for placed in block)
            left, top, right, bottom = text_layout.around(placed.bounds for placed in block)
            sides = (round(side) for side in (left, top, right - left, bottom - top))
            found.append(Part(Named("text", min(surest, CERTAIN)), *sides))
        return found

    @cached_property
    def categories(self) -> list[Named]:
        """Its categories, the surest first."""
        found: dict[str, float] = {}
        if self.people:
            largest = max((face.width * face.height for face in self.faces), default=0)
            alone = "people_portrait" if largest > PORTRAIT_SHARE * self._area else "people_"
            name = alone if len(self.people) < GROUP else "people_group"
            found[name] = self._people()["person"]
        if self._text_share > TEXT_SHARE:
            found["text_"] = self._text()["text"]
        if self._drawing():
            found["abstract_nonphoto"] = max(self._drawing().values())
        if "grass" in (place := self._outdoors()):
            found["outdoor_grass"] = place["grass"]
        if not found:
            return [Named("others_", LEAST_SCORE)]
        return [Named(n, round(c, 4)) for n, c in sorted(found.items(), key=lambda p: -p[1])]

    @property
    def _area(self) -> int:
        height, width = self.pixels.shape[:2]
        return int(height * width)

    @property
    def _text_share(self) -> float:
        return sum(ocr.area(line.box) for line in self.lines) / self._area

    def _has_body(self, face: Face) -> bool:
        x, y = face.left + face.width / 2, face.top + face.height / 2
        return any(
            body.left <= x <= body.left + body.width and body.top <= y <= body.top + body.height
            for body in self.figures
        )

    def _people(self) -> dict[str, float]:
        if not self.people:
            return {}
        sure = sorted((one.confidence for one in (*self.people, *self.faces)), reverse=True)
        people = {"person": sure[0]}
        if self.faces:
            people["human face"] = max(face.confidence for face in self.faces)
        if len(self.people) >= GROUP:
            people["group"] = sure[GROUP - 1]
        return {name: min(confidence, CERTAIN) for name, confidence in people.items()}

    def _text(self) -> dict[str, float]:
        if not self.lines:
            return {}
        surest = max(line.confidence for line in self.lines)
        return {"text": min(surest, CERTAIN)}

    def _drawing(self) -> dict[str, float]:
        """Return how it was drawn; a page of text is drawn by no one."""
        if self.kind.is_photograph or self._is_page():
            return {}
        if self.kind.line_drawing:
            return {"line art": _RATE_CONFIDENCE[3], "drawing": _RATE_CONFIDENCE[3]}
        confidence = _RATE_CONFIDENCE[self.kind.clip_art]
        return {"clipart": confidence, "graphics": confidence}

    def _is_page(self) -> bool:
        ground = np.median(self.pixels.reshape(-1, 3), axis=0).astype(np.int16)
        ink = (np.abs(self.pixels.astype(np.int16) - ground) > 60).any(axis=2)
        beside = ink.copy()
        for line in self.lines:
            across, down = zip(*line.box, strict=True)
            top, left = max(0, int(min(down))), max(0, int(min(across)))
            beside[top : int(max(down)) + 1, left : int(max(across)) + 1] = False
        return bool(beside.sum() < 0.3 * ink.sum())

    def _outdoors(self) -> dict[str, float]:
        if not self.kind.is_photograph:
            return {}
        shares = {"sky": outdoors.sky(self.pixels), "grass": outdoors.grass(self.pixels)}
        found = {name: min(0.5 + share, CERTAIN) for name, share in shares.items() if share}
        return {**found, "outdoor": max(found.values())} if found else {}

    def _colours(self) -> dict[str, float]:
        found = {
            name.lower(): self.colours.shares[name]
            for name in self.colours.dominant
            if name not in colours.NEUTRAL
        }
        return {**found, "black and white": CERTAIN} if self._is_grey_picture() else found

    def _is_grey_picture(self) -> bool:
        return self.colours.is_black_and_white and not self._is_page()

    def _subjects(self, sure: dict[str, float]) -> list[Named | None]:
        count = len(self.people)
        people = (
            "a person" if count == 1 else "two people" if count < GROUP else "a group of people"
        )
        return [
            Named(people, sure["group" if count >= GROUP else "person"]) if count else None,
            Named("a line drawing", sure["line art"]) if "line art" in sure else None,
            Named("a clip art picture", sure["clipart"]) if "clipart" in sure else None,
            Named("text", sure["text"]) if "text" in sure else None,
        ]
