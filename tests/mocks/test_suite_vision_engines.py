"""What is said of a picture is true of it: of drawn ones exactly, of photographs as people see."""

from __future__ import annotations

import math
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from vision_bench import BLACK, BLUE, GREEN, RED, WHITE, encoded, photograph, plain, written

from cogml_mocks.engines import (
    colours,
    ocr,
    outdoors,
    picture_kind,
    picture_pixels,
    text_layout,
    thumbnails,
)
from cogml_mocks.engines.picture_analysis import Analysis


@pytest.fixture(scope="session")
def photos() -> Path:
    data = os.environ.get("COGML_TEST_DATA")
    if data is None:
        pytest.skip("COGML_TEST_DATA is not set")
    return Path(data) / "images"


@pytest.fixture(scope="session")
def seen(photos):
    """The analysis of each photograph, made once."""
    made: dict[str, Analysis] = {}

    def analysis(name: str) -> Analysis:
        if name not in made:
            made[name] = Analysis(picture_pixels.decode((photos / name).read_bytes()))
        return made[name]

    return analysis


@pytest.mark.parametrize(
    ("name", "bgr"),
    [
        ("Black", (10, 10, 10)),
        ("White", (250, 250, 250)),
        ("Grey", (128, 128, 128)),
        ("Red", (20, 20, 220)),
        ("Orange", (0, 140, 255)),
        ("Yellow", (0, 230, 250)),
        ("Green", (30, 180, 40)),
        ("Teal", (140, 140, 10)),
        ("Blue", (220, 60, 30)),
        ("Purple", (150, 20, 120)),
        ("Pink", (180, 105, 255)),
        ("Brown", (30, 70, 120)),
    ],
)
def test_each_of_the_twelve_colours_has_its_name(name, bgr):
    found = colours.analyze(plain(bgr))
    assert (found.foreground, found.background, found.dominant) == (name, name, [name])
    assert found.accent == "".join(f"{part:02X}" for part in reversed(bgr))
    assert found.is_black_and_white is (name in colours.NEUTRAL)


def test_foreground_background_and_accent_are_told_apart():
    pixels = plain(WHITE)
    cv2.rectangle(pixels, (60, 40), (240, 160), RED, -1)
    found = colours.analyze(pixels)
    assert (found.foreground, found.background) == ("Red", "White")
    assert found.dominant == ["White", "Red"]
    assert found.accent == "FF0000"


def test_grey_noise_is_black_and_white_and_one_red_square_is_not():
    grey = cv2.cvtColor(cv2.cvtColor(photograph(plain((128,) * 3)), cv2.COLOR_BGR2GRAY), 8)
    assert colours.analyze(grey).is_black_and_white
    grey[:40, :40] = RED
    assert not colours.analyze(grey).is_black_and_white


def line_drawing():
    pixels = plain(WHITE, 400, 400)
    house = np.array([(60, 200), (160, 90), (260, 200), (260, 340), (60, 340)], np.int32)
    cv2.polylines(pixels, [house], True, BLACK, 3)
    cv2.rectangle(pixels, (130, 250), (190, 340), BLACK, 3)
    cv2.circle(pixels, (330, 80), 40, BLACK, 3)
    cv2.ellipse(pixels, (330, 300), (40, 70), 20, 0, 360, BLACK, 3)
    return pixels


def clip_art():
    pixels = plain(WHITE, 400, 400)
    cv2.circle(pixels, (200, 200), 120, RED, -1)
    cv2.rectangle(pixels, (20, 320), (120, 380), GREEN, -1)
    return pixels


def test_drawings_are_told_from_photographs():
    assert picture_kind.analyze(line_drawing()).line_drawing
    drawn = picture_kind.analyze(clip_art())
    assert (drawn.clip_art, drawn.line_drawing) == (3, False)
    assert picture_kind.analyze(photograph(clip_art())).is_photograph


def test_sky_and_grass_are_where_they_belong():
    meadow = plain(BLUE, 400, 300)
    meadow[170:] = photograph(plain(GREEN, 400, 130), 40)
    assert outdoors.sky(meadow) == pytest.approx(0.57, abs=0.05)
    assert outdoors.grass(meadow) == pytest.approx(0.43, abs=0.05)
    upside_down = meadow[::-1].copy()
    assert (outdoors.sky(upside_down), outdoors.grass(upside_down)) == (0, 0)
    shirt = plain((200, 200, 200), 400, 300)
    shirt[100:200, 100:300] = BLUE
    assert outdoors.sky(shirt) == 0


def test_a_meadow_has_its_tags_caption_and_category():
    meadow = photograph(plain(BLUE, 400, 300), 6)
    meadow[170:] = photograph(plain(GREEN, 400, 130), 40)
    found = Analysis(meadow)
    assert {"outdoor", "grass", "sky"} <= {tag.name for tag in found.tags}
    assert [caption.name for caption in found.captions(3)] == ["grass and sky"]
    assert [category.name for category in found.categories] == ["outdoor_grass"]


def figure(pixels, x, colour=(60, 60, 60)):
    """A person who stands 270 pixels high, from 98 down."""
    cv2.circle(pixels, (x, 120), 22, colour, -1)
    cv2.ellipse(pixels, (x, 200), (38, 65), 0, 0, 360, colour, -1)
    for side in (-30, 5):
        cv2.rectangle(pixels, (x + side, 240), (x + side + 25, 370), colour, -1)
    return pixels


def test_standing_people_are_found_whole():
    street = figure(figure(plain((180, 180, 180), 640, 480), 160), 460)
    found = Analysis(photograph(cv2.GaussianBlur(street, (5, 5), 0), 4))
    assert sorted(person.left < 320 for person in found.people) == [False, True]
    for person in found.people:
        centre = person.left + person.width / 2
        assert min(abs(centre - 160), abs(centre - 460)) < 20
        assert person.top == pytest.approx(98, abs=25)
        assert person.height == pytest.approx(272, abs=40)
    assert found.captions(1)[0].name == "two people"
    assert "person" in {tag.name for tag in found.tags}
    assert found.categories[0].name == "people_"


def test_a_picture_of_nothing_says_nothing():
    found = Analysis(photograph(plain((128, 128, 128))))
    assert found.captions(3) == []
    assert found.faces == []
    assert found.lines == []
    assert [(c.name, c.confidence) for c in found.categories] == [("others_", 0.00390625)]


def test_drawings_and_text_have_their_words():
    names = [tag.name for tag in Analysis(line_drawing()).tags]
    assert {"line art", "drawing", "black and white"} <= set(names)
    art = Analysis(clip_art())
    assert {"clipart", "graphics"} <= {tag.name for tag in art.tags}
    assert [caption.name for caption in art.captions(1)] == ["a clip art picture"]
    page = Analysis(written("Good morning", "everybody"))
    assert [tag.name for tag in page.tags] == ["text"]
    assert [category.name for category in page.categories] == ["text_"]


def test_tags_are_sorted_and_their_confidence_is_a_share():
    page = written("SALE", width=400, height=400)
    cv2.circle(page, (200, 260), 100, RED, -1)
    confidences = [tag.confidence for tag in Analysis(page).tags]
    assert len(confidences) > 2
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 < confidence < 1 for confidence in confidences)
    first, second, third = Analysis(page).captions(3) + Analysis(page).captions(1)
    assert (first.name, second.name) == ("a clip art picture with text", "a clip art picture")
    assert third == first


def test_text_is_read_with_a_box_for_each_word():
    (line,) = ocr.read(written("Hello world 42"))
    assert line.text == "Hello world 42"
    assert [word.text for word in line.words] == ["Hello", "world", "42"]
    lefts = [word.box[0][0] for word in line.words]
    assert lefts == sorted(lefts)
    for word in line.words:
        across, down = zip(*word.box, strict=True)
        assert 0 <= min(across) < max(across) <= 640
        assert 0 <= min(down) < max(down) <= 200
        assert 0.7 < word.confidence <= 1


def test_slanted_text_is_read_and_its_angle_is_found():
    turn = cv2.getRotationMatrix2D((320, 150), -8, 1)  # clockwise
    straight = np.roll(written("A turned line", height=300), 80, axis=0)
    pixels = cv2.warpAffine(straight, turn, (640, 300), borderValue=WHITE)
    lines = ocr.read(pixels)
    assert [line.text for line in lines] == ["A turned line"]
    assert text_layout.slant(lines) == pytest.approx(8, abs=1.5)
    assert math.isclose(text_layout.slant([]), 0)


def test_two_columns_are_two_regions():
    pixels = plain(WHITE, 900, 300)
    for x, words in ((30, ("one", "two", "three")), (560, ("four", "five", "six"))):
        for row, word in enumerate(words):
            at = (x, 70 + 70 * row)
            cv2.putText(pixels, word, at, cv2.FONT_HERSHEY_SIMPLEX, 1.6, BLACK, 3, cv2.LINE_AA)
    found = text_layout.regions(ocr.read(pixels), 0, (450, 150))
    texts = [[placed.line.text for placed in region] for region in found]
    assert texts == [["one", "two", "three"], ["four", "five", "six"]]


def test_a_thumbnail_has_the_size_asked_for_and_shows_what_matters():
    pixels = plain((128, 128, 128), 600, 200)
    cv2.circle(pixels, (520, 100), 40, RED, -1)
    area = thumbnails.area_of_interest(pixels, [])
    assert 470 <= area[0] <= 490
    assert area[0] + area[2] <= 570
    smart = picture_pixels.decode(thumbnails.thumbnail(pixels, 100, 100, area))
    centred = picture_pixels.decode(thumbnails.thumbnail(pixels, 100, 100, None))
    assert smart.shape == centred.shape == (100, 100, 3)
    assert colours.analyze(smart).shares.get("Red", 0) > 0.1
    assert "Red" not in colours.analyze(centred).shares
    assert picture_pixels.decode(thumbnails.thumbnail(pixels, 1, 1024, area)).shape[:2] == (1024, 1)


@pytest.mark.parametrize("extension", ["png", "jpg", "bmp", "gif", "tiff"])
def test_every_format_becomes_the_same_pixels(extension):
    found = picture_pixels.decode(encoded(clip_art(), extension))
    assert found.shape == (400, 400, 3)
    assert np.abs(found.astype(int) - clip_art()).mean() < 3


def test_grey_deep_and_transparent_pictures_are_shown_on_white():
    grey = np.full((60, 60), 100, np.uint8)
    assert picture_pixels.decode(encoded(grey))[0, 0].tolist() == [100] * 3
    deep = np.full((60, 60, 3), 0x6400, np.uint16)
    assert picture_pixels.decode(encoded(deep))[0, 0].tolist() == [100] * 3
    clear = np.zeros((60, 60, 4), np.uint8)
    clear[:30, :, 3] = 255
    found = picture_pixels.decode(encoded(clear))
    assert (found[0, 0].tolist(), found[-1, 0].tolist()) == ([0] * 3, [255] * 3)


def test_a_large_picture_is_reduced():
    assert picture_pixels.decode(encoded(plain(RED, 4_000, 100))).shape == (50, 2_000, 3)


def test_all_six_faces_of_a_family_are_found_and_none_anywhere_else(seen, photos):
    centres = [(68, 187), (165, 198), (280, 190), (356, 193), (431, 201), (538, 149)]
    found = seen("faces.jpg").faces
    assert seen("faces.jpg").people == found
    for x, y in centres:
        assert [f for f in found if f.left < x < f.left + f.width and f.top < y < f.top + f.height]
    assert len(found) == len(centres)
    for path in sorted(photos.glob("*.*")):
        if path.name != "faces.jpg":
            assert seen(path.name).people == [], path.name


@pytest.mark.parametrize(
    ("name", "tags", "caption", "category"),
    [
        ("faces.jpg", {"person", "human face", "group"}, "a group of people", "people_group"),
        ("lion_drawing.png", {"drawing", "line art", "black and white"}, "a line drawing", None),
        ("cheese_clipart.png", {"clipart", "yellow"}, "a clip art picture", "abstract_nonphoto"),
        ("house.jpg", {"grass", "outdoor"}, "grass", "outdoor_grass"),
        ("printed_text.jpg", {"text"}, "text", "text_"),
    ],
)
def test_photographs_have_the_words_people_would_use(seen, name, tags, caption, category):
    found = seen(name)
    assert tags <= {tag.name for tag in found.tags}
    assert found.captions(1)[0].name == caption
    assert category in (None, found.categories[0].name)


@pytest.mark.parametrize(
    ("name", "clip_art", "lines"),
    [("cheese_clipart.png", 3, False), ("lion_drawing.png", 3, True), ("house.jpg", 0, False)],
)
def test_kinds_of_real_pictures(seen, name, clip_art, lines):
    kind = seen(name).kind
    assert (kind.clip_art, kind.line_drawing) == (clip_art, lines)


def distance(wanted: str, found: str) -> int:
    row = list(range(len(found) + 1))
    for i, a in enumerate(wanted, 1):
        row, above = [i], row
        for j, b in enumerate(found, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
    return row[-1]


PRINTED = (
    "Nutrition Facts|Serving size: 1 bar (40g)|Serving Per Package: 4|Amount Per Serving|"
    "Amount Per Serving|Total Fat 13g|Calories 190|Saturated Fat 1.5g|Trans Fat 0g|"
    "lories from Fat 110|Cholesterol 0mg|nt Daily Values are based on|Sodium 20mg|calorie diet.|"
    "Vitamin A 50%"
)
WRITTEN = "You must be the change|you want to see in the world!"


@pytest.mark.parametrize(
    ("name", "truth", "most"),
    [("printed_text.jpg", PRINTED, 0.03), ("handwritten_text.jpg", WRITTEN, 0.05)],
)
def test_print_and_handwriting_are_read(seen, name, truth, most):
    found = [line.text for line in seen(name).lines]
    lines = truth.split("|")
    wrong = sum(min(distance(line, other) for other in found) for line in lines)
    assert len(found) == len(lines)
    assert wrong / sum(map(len, lines)) <= most


def test_accents_are_read(seen):
    found = [line.text for line in seen("MultiLingual.png").lines]
    assert found[2] == "French: combien est-ce que ça coûte?"
    assert found[6] == "Spanish: ¿cuánto cuesta esto?"
