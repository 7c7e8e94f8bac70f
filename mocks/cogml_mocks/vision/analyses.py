"""A picture is analysed once: of the same bytes, the analysis that was made before is given."""

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from cogml_mocks.vision.pictures import Picture

if TYPE_CHECKING:  # what computes is imported when the first picture comes
    from cogml_mocks.engines.picture_analysis import Analysis

KEPT = 16  # of at most 12 MB of pixels each, and what was found in them
_ANALYSES: OrderedDict[str, "Analysis"] = OrderedDict()
_LOCK = Lock()


def of(picture: Picture) -> "Analysis":
    """Return the analysis of a picture; a refusal where its bytes are broken."""
    from cogml_mocks.engines.picture_analysis import Analysis

    with _LOCK:
        kept = _ANALYSES.get(picture.digest)
    if kept is not None:
        return kept
    analysis = Analysis(picture.pixels())
    with _LOCK:
        _ANALYSES[picture.digest] = analysis
        if len(_ANALYSES) > KEPT:
            _ANALYSES.popitem(last=False)
    return analysis
