"""Pictures of one subject are related: nearest is the one whose accent colour is nearest.

A picture's subject is the first of its keywords, which is the kind of thing it shows; its tags are
all of them. What is newest in the index stands for what is trending: nobody's searches are counted.
"""

from functools import cache

from cogml_mocks.engines import gallery
from cogml_mocks.engines.gallery_catalogue import PICTURES, Picture

MAX_SIMILAR = 35
MAX_TRENDING = 6


def subject(picture: Picture) -> str:
    """Return the one word for what kind of thing a picture shows."""
    return picture.keywords.split()[0]


def tags(picture: Picture) -> list[str]:
    """Return a picture's keywords, its subject first."""
    return list(dict.fromkeys(picture.keywords.split()))


def similar(picture: Picture) -> list[Picture]:
    """Return the other pictures of a subject, the nearest in colour first."""
    others = [one for one in _by_subject()[subject(picture)] if one is not picture]
    return sorted(others, key=lambda one: _distance(picture, one))[:MAX_SIMILAR]


def trending() -> dict[str, list[Picture]]:
    """Return the newest pictures of each subject, the newest first."""
    return {
        name: sorted(pictures, key=lambda one: one.days_known)[:MAX_TRENDING]
        for name, pictures in _by_subject().items()
    }


@cache
def _by_subject() -> dict[str, list[Picture]]:
    found: dict[str, list[Picture]] = {}
    for picture in PICTURES:
        found.setdefault(subject(picture), []).append(picture)
    return found


def _distance(one: Picture, other: Picture) -> int:
    """Return how far the accent colours of two pictures are apart, squared."""
    colours = (bytes.fromhex(gallery.drawn(picture).accent) for picture in (one, other))
    return sum((a - b) ** 2 for a, b in zip(*colours, strict=True))
