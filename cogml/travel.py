"""What a user hands in goes to Spark's workers packed, and is one object in each of them."""

from __future__ import annotations

import functools
import importlib
import pickle
import sys
import zlib
from typing import Any


def packed(given: Any) -> bytes:
    """The bytes that travel; raises whatever its pickling does."""
    # Packed, because a secret that a function holds would else stand in what is sent, in clear.
    pickler: Any = pickle
    if "pyspark.cloudpickle" in sys.modules:  # which takes functions along
        pickler = importlib.import_module("pyspark.cloudpickle")
    return zlib.compress(pickler.dumps(given))


@functools.lru_cache(maxsize=8)
def arrived(bytes_: bytes) -> Any:
    """What was packed: for equal bytes the same object, as long as it is among the last eight."""
    return pickle.loads(zlib.decompress(bytes_))
