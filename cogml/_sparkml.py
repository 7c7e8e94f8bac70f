"""Where pyspark is installed, a stage is a pyspark.ml stage; this is the one place that knows.

With pyspark, `TransformerBase` is `pyspark.ml.Transformer`, `EstimatorBase` its `Estimator`, and
`Param` objects are pyspark's, so that `Pipeline`, `PipelineModel`, `CrossValidator` and their
persistence take a cogml stage as it is.
Without it the same names are empty classes, and in Spark's workers: they make no pipelines, and
would import pandas for it. What a stage *does* is the same in both: every method of a stage is
written in `params.py` and `service.py`, never inherited from pyspark.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any


def _in_worker() -> bool:
    """Whether this process runs Spark's tasks."""
    program = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(program, "name", "") in ("pyspark.daemon", "pyspark.worker")


if TYPE_CHECKING:

    class ParamBase:
        """A named, documented setting."""

        parent: str
        name: str
        doc: str

    class StageBase:
        """A stage of a pipeline."""

        uid: str

    class TransformerBase:
        """A stage that transforms."""

    class EstimatorBase:
        """A stage that is fitted."""

    class WriterBase:
        """Saves a stage."""

        _sparkSession: Any
        shouldOverwrite: bool

    class ReaderBase:
        """Loads a stage."""

        _sparkSession: Any

else:
    try:
        if _in_worker():
            raise ImportError
        from pyspark.ml.base import Estimator as EstimatorBase
        from pyspark.ml.base import Transformer as TransformerBase
        from pyspark.ml.param import Param as ParamBase
        from pyspark.ml.param import Params as ParamsBase
        from pyspark.ml.util import MLReadable, MLReader, MLWritable, MLWriter
    except ImportError:  # so it is, or pyspark, or the numpy that pyspark.ml needs, is not there

        class ParamBase:
            """A named, documented setting."""

        class StageBase:
            """A stage of a pipeline."""

        class TransformerBase:
            """A stage that transforms."""

        class EstimatorBase:
            """A stage that is fitted."""

        class _Session:
            def __init__(self):
                self._sparkSession = None
                self.shouldOverwrite = False

            def session(self, sparkSession):
                """Use this Spark session."""
                self._sparkSession = sparkSession
                return self

        class WriterBase(_Session):
            """Saves a stage."""

            def overwrite(self):
                """Replace what is there."""
                self.shouldOverwrite = True
                return self

        class ReaderBase(_Session):
            """Loads a stage."""

    else:

        class StageBase(ParamsBase, MLReadable, MLWritable):
            """A stage of a pipeline."""

        WriterBase = MLWriter
        ReaderBase = MLReader


def installed() -> bool:
    """Whether pyspark can be imported."""
    return importlib.util.find_spec("pyspark") is not None


def active_session() -> Any | None:
    """The Spark session in use (classic or Connect), or None; never starts one."""
    if sys.modules.get("pyspark") is None:
        return None
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None or "pyspark.sql.connect.session" not in sys.modules:
        return session
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    return ConnectSession.getActiveSession()


def first_line(session: Any, folder: str) -> str | None:
    """The first line of the text files in this folder, read through Spark; None without such."""
    from pyspark.errors import AnalysisException

    try:
        row = session.read.text(folder).first()
    except AnalysisException:
        return None
    return None if row is None else str(row[0])
