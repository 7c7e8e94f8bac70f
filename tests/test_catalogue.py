"""What a process knows of segments, and forgets."""

from __future__ import annotations

from cogml.answers import fingerprint
from cogml.catalogue import Catalogue

KEYS = [fingerprint(n) for n in range(1_200)]


def held(start: int, end: int, word: bytes = b"answer") -> dict[bytes, bytes]:
    return {key: word for key in KEYS[start:end]}


def test_keys_are_known_before_values_are() -> None:
    catalogue = Catalogue()
    catalogue.add("one", KEYS[:700], 1.0)
    catalogue.add("two", KEYS[700:1_100], 2.0)
    assert catalogue.look_up(KEYS) == ({}, ["one", "two"])
    catalogue.fill("one", held(0, 700))
    assert catalogue.look_up(KEYS) == (held(0, 700), ["two"])
    catalogue.fill("two", held(700, 1_100))
    assert catalogue.look_up(KEYS) == (held(0, 1_100), [])
    assert catalogue.look_up([]) == ({}, [])


def test_what_is_gone_is_not_found_and_may_come_back() -> None:
    catalogue = Catalogue()
    for time, name in enumerate(("one", "two", "none")):
        catalogue.add(name, KEYS[:2] if name != "none" else [], time)
        catalogue.fill(name, held(0, 2, name.encode()) if name != "none" else {})
    assert catalogue.look_up(KEYS)[0] == held(0, 2, b"two")
    catalogue.keep_only({"one", "other"})
    assert ("one" in catalogue, "two" in catalogue, "none" in catalogue) == (True, False, False)
    assert catalogue.look_up(KEYS) == ({}, [])
    catalogue.add("merged", KEYS[:2], 1.0)
    catalogue.fill("merged", held(0, 2, b"merged"))
    assert catalogue.look_up(KEYS)[0] == held(0, 2, b"merged")
    catalogue.remove("merged")
    catalogue.remove("merged")
    catalogue.fill("merged", held(0, 2, b"merged"))
    assert catalogue.look_up(KEYS) == ({}, [])


def test_an_answer_is_found_under_its_own_key_only() -> None:
    """Whatever has happened to a segment since its keys were read."""
    catalogue = Catalogue()
    catalogue.add("one", KEYS[:2], 1.0)
    catalogue.fill("one", held(1, 3))
    assert catalogue.look_up(KEYS) == ({}, ["one"])


def test_of_two_answers_the_later_counts_whichever_is_added_first() -> None:
    for times in ((1.0, 2.0), (2.0, 1.0)):
        catalogue = Catalogue()
        for time in times:
            name = f"of {time}"
            catalogue.add(name, KEYS[:1], time)
            catalogue.fill(name, held(0, 1, name.encode()))
        assert catalogue.look_up(KEYS)[0] == held(0, 1, b"of 2.0")
