"""A job on a series reads it from a file, which is put where its service can read it."""

from __future__ import annotations

import bisect
import contextlib
import datetime
import functools
import hashlib
from collections.abc import Callable, Mapping

import httpx
import pyarrow as pa

from cogml.binding import ColumnsParam
from cogml.errors import ParamError, ServiceError
from cogml.exchange import Exchange, Outcome
from cogml.param import Param, Place
from cogml.services import _intermediate
from cogml.services._polled import PolledService
from cogml.services._series import text_of
from cogml.services._variables import MOST_VARIABLES, Series, Time, VariablesService, instant


class StoredService(VariablesService, PolledService):
    """A job on rows of a span of time, which lie in a file that the service reads.

    What a later run knows of a job that was begun it can use only where the file is a blob: from a
    folder the file is lent at an address of its run alone, so that the same rows are another job.
    """

    variables = "inputCols"

    startTime = Param(
        datetime.datetime, "time from which rows count, UTC if it says no zone (default: the first)"
    )
    endTime = Param(datetime.datetime, "time up to which rows count, included (default: the last)")
    inputCols = ColumnsParam(float, "names of the columns of the variables", most=MOST_VARIABLES)
    intermediateSaveDir = Param(
        Place,
        "where the rows are put for the service to read: "
        "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER (written through adlfs, with "
        "credentials as fsspec's configuration, environment and defaults give them; read with the "
        "service's own identity) or, for a service on this machine, a folder",
        required=True,
        manner=True,
    )

    def check(self, columns: Mapping[str, pa.DataType]) -> None:
        """The span does not end before its start; the service can read where the rows are put."""
        super().check(columns)
        stage = type(self).__name__
        start, end = self.limit("startTime"), self.limit("endTime")
        if start is not None and end is not None and end < start:
            raise ParamError(
                f"{stage}: endTime is {text_of(end)}, before startTime, which is {text_of(start)}"
            )
        if "timestamp" in self.getOrDefault("inputCols"):
            raise ParamError(
                f"{stage}: inputCols names 'timestamp', which in the service's file is the column "
                f"of times; rename it"
            )
        self._place().check(httpx.URL(self.address()))

    def cleanUpIntermediateData(self) -> None:
        """Remove the files that this stage has put into `intermediateSaveDir`; raises ParamError
        when none is set."""
        self._place().remove(f"{self.uid}-")

    def span(self, made: Series) -> tuple[Time, Time]:
        """From when to when rows count."""
        start, end = self.limit("startTime"), self.limit("endTime")
        return start or made.times[0], end or made.times[-1]

    def places(self, made: Series) -> range:
        """The places of the times that count."""
        start, end = self.span(made)
        return range(bisect.bisect_left(made.times, start), bisect.bisect_right(made.times, end))

    def stored(self, made: Series, count: int, asked: Callable[[str], Exchange]) -> Exchange:
        """What `asked` comes to of the address of a file of the series: `count` outcomes."""
        put = yield functools.partial(self._put, made)
        if isinstance(put, ServiceError):
            return [Outcome(None, put)] * count
        with put as address:
            return (yield from asked(address))

    def _put(self, made: Series) -> contextlib.AbstractContextManager[str] | ServiceError:
        """What shows the service a file of the series, which is put where it can read it."""
        data, place = made.csv(), self._place()
        name = f"{self.uid}-{hashlib.blake2b(data, digest_size=8).hexdigest()}.csv"
        return place.write(name, data) or place.shown(name)

    def _place(self) -> _intermediate.Place:
        place = self.getOrDefault("intermediateSaveDir")
        if place is None:
            raise ParamError(
                f"{type(self).__name__}: intermediateSaveDir is required; call "
                f"setIntermediateSaveDir"
            )
        return _intermediate.place_of(place)

    def limit(self, name: str) -> Time | None:
        """The time from which, or up to which, rows count, if one is set."""
        found = self.getOrDefault(name)
        return None if found is None else instant(found)
