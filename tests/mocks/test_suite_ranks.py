"""Medians and quantiles are numpy's, whatever the shape; a transform's length is a quick one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cogml_mocks.engines import ranks
from cogml_mocks.engines.ranks import median, quantiles
from cogml_mocks.engines.seasonality import _quick_length

FINITE = st.floats(-1e300, 1e300) | st.sampled_from([0.0, -0.0, 1.0, 5e-324])
SHAPES = arrays.array_shapes(min_dims=1, max_dims=3, max_side=9)


@given(values=arrays.arrays(np.float64, SHAPES, elements=FINITE))
def test_a_median_is_numpys(values):
    np.testing.assert_array_equal(median(values), np.median(values, axis=-1))


def test_windows_are_ranked_a_block_at_a_time(monkeypatch):
    monkeypatch.setattr(ranks, "_BLOCK", 7)
    values = np.random.default_rng(1).normal(size=(23, 4, 3))
    for one in (values, values[0], values[:, 0, 0], values.T):
        np.testing.assert_array_equal(median(one), np.median(one, axis=-1))


@given(
    values=arrays.arrays(np.float64, st.integers(1, 40), elements=FINITE),
    parts=st.lists(st.floats(0, 1), min_size=1, max_size=3),
)
def test_quantiles_are_numpys(values, parts):
    np.testing.assert_array_equal(quantiles(values, parts), np.quantile(values, parts))


@given(least=st.integers(1, 5_000))
def test_a_quick_length_is_the_first_without_a_large_factor(least):
    def is_quick(length: int) -> bool:
        for factor in (2, 3, 5):
            while length % factor == 0:
                length //= factor
        return length == 1

    found = _quick_length(least)
    assert is_quick(found)
    assert not any(map(is_quick, range(least, found)))
