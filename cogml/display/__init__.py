"""Answers as pictures: each function takes a frame of any kind and gives a matplotlib Figure.

A notebook shows the Figure that is a cell's last value, in any backend; elsewhere
`figure.savefig("name.png")`. Rows with an error are marked, and counted in the title, never left
out; the errors are in `errorCol` or, where none is named, in the column of the output's name with
`_error` behind, or in `error`. Spark frames are collected: select, limit or sample them first.
matplotlib comes with the extra `display`; without it MissingPackage says so.
"""

from cogml.display._image import gallery, image
from cogml.display._sentiment import sentiment
from cogml.display._series import series
from cogml.display._utterances import utterances

__all__ = ["gallery", "image", "sentiment", "series", "utterances"]
