"""What was computed of a text is remembered: clients ask again, pages and tasks share documents.

Many short texts are kept, few long ones, so that a suite under load stays small.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

SHORT = 8_192  # characters
SHORT_KEPT = 2_048
LONG_KEPT = 32

P = ParamSpec("P")
R = TypeVar("R")


def remember(compute: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
    """Remember answers by text and the other arguments; an answer must not be changed."""
    of_short = lru_cache(maxsize=SHORT_KEPT)(compute)
    of_long = lru_cache(maxsize=LONG_KEPT)(compute)

    @wraps(compute)
    def answer(text: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        known = of_short if len(text) <= SHORT else of_long
        return known(text, *args, **kwargs)  # type: ignore[arg-type]

    return answer
