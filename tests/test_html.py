"""A notebook shows a stage as a table, without its secret."""

from __future__ import annotations

from cogml import _html
from cogml.cognitive import TextSentiment
from cogml.params import Params


def test_a_stage_is_a_table_without_its_secret() -> None:
    stage: Params = TextSentiment(textCol="<b>", subscriptionKey="hunter2", language="en")
    shown = _html.table(stage)
    assert "hunter2" not in shown
    assert "&lt;secret&gt;" in shown
    assert "textCol" in shown
    assert "&#x27;&lt;b&gt;&#x27;" in shown
    assert "<b>TextSentiment</b>" in shown
    assert shown.index("language") < shown.index("not set") < shown.index("batchSize")


def test_a_long_value_is_cut_in_the_table() -> None:
    stage: Params = TextSentiment(text="long " * 1000, subscriptionKey="env:KEY")
    assert len(_html.table(stage)) < 10_000
    assert "env:KEY" in _html.table(stage)
