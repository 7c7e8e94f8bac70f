"""A stage with a parameter of each kind, and one that is derived from it."""

from typing import Any

from cogml.param import Param, ServiceParam
from cogml.params import Params


class Sample(Params):
    """A stage that is in no registry."""

    whole = Param(int, "a whole number", default=3, at_least=1)
    number = Param(float, "a number", at_least=0.5)
    truth = Param(bool, "a truth", default=False)
    label = Param(str, "a text")
    waits = Param(list[int], "waits", at_least=0)
    level = Param(str, "a level", default="low", choices=("low", "high"))
    key = ServiceParam(str, "a key", send="header", secret=True)
    extra = ServiceParam(dict[str, str], "headers", send="header", secret=True)
    found = Param(dict[str, Any], "what was found")
    words = ServiceParam(list[str], "words", send="body")
    text = ServiceParam(str | list[str], "text or texts", send="document", required=True)

    def _transform(self, dataset):
        return dataset


class Derived(Sample):
    """It has what its base has, and may say some of it anew."""

    whole = Param(int, "another meaning", default=5)
    more = Param(str, "one more")
