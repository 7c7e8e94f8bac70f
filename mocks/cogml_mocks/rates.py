"""A rate is kept by a bucket of tokens: a second's worth at once, then so many a second.

What comes when the bucket is empty is refused, and told when to come again; it takes no token.
"""

import math
from collections.abc import Callable


class Bucket:
    """Tokens of one base path; ``clock`` gives seconds."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._size = max(1.0, rate)
        self._tokens = self._size
        self._filled = clock()

    def wait(self) -> int:
        """Take a token and return 0, or return in how many whole seconds there is one."""
        now = self._clock()
        self._tokens = min(self._size, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0
        return math.ceil((1 - self._tokens) / self._rate)
