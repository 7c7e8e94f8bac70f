"""How many made anomalies of several variables are found, and how many alarms are false.

Six variables, 2,000 times to learn from and 2,000 to judge, in which known anomalies stand: the
suite's engine beside a threshold for each variable and beside scikit-learn's usual detectors, all
with one setting for all sets.

Run: python benchmarks/multivariate_quality.py [--rounds N] [--quick]
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from results import Column, Table, options, parsed, publish
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor

from cogml_mocks.engines import multivariate

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
Detector = Callable[[Values, Values], Flags]
TIMES, SIZE = 2_000, 6
QUIET = 0.02  # share of the training that a detector is to take for anomalies, as the engine does
SAID = (
    "Precision and recall by the point, and F1, their harmonic mean: over each kind of set "
    "and of anomaly, {rounds} seeds. Sets: variables that follow two loads; that drift; some that "
    "are switched on and off and others that depend on them; two that are 0 nearly always, or "
    "rounded. Half of all trainings hold three undeclared anomalies of ten times. Every detector "
    "has one setting for all. The engine learns from all but the farthest 2 % of a training; "
    "scikit-learn's take what 2 % of it pass as their limit."
)


def main(arguments: Sequence[str] | None = None) -> Table:
    given = parsed(options(__doc__, rounds=6), arguments)
    rounds = 1 if given.quick else given.rounds
    faults = ["all", *FAULTS]
    table = Table(
        "multivariate_quality",
        "Anomalies of several variables",
        SAID.format(rounds=rounds),
        [
            Column("detector", "F1"),
            *(Column(name, name, ".2f") for name in [*faults, *SETS]),
            Column("precision", "precision", ".2f"),
            Column("recall", "recall", ".2f"),
        ],
        packages=("numpy", "scikit-learn"),
        quick=given.quick,
    )
    made = list(_made(rounds, given.quick))
    for name, detector in DETECTORS.items():
        counts = [(of, fault, _counted(detector, *parts)) for of, fault, parts in made]
        by = {"all": [c for _, _, c in counts]}
        by |= {f: [c for _, fault, c in counts if fault == f] for f in FAULTS}
        by |= {s: [c for of, _, c in counts if of == s] for s in SETS}
        precision, recall, _ = _scores(by["all"])
        figures = {key: _scores(each)[2] for key, each in by.items()}
        table.rows.append({"detector": name, "precision": precision, "recall": recall, **figures})
    return publish(table, given)


def _made(rounds: int, quick: bool) -> Iterator[tuple[str, str, tuple[Values, Values, Flags]]]:
    for seed in range(rounds):
        for of, make in list(SETS.items())[: 2 if quick else None]:
            for fault, breaking in FAULTS.items():
                chance = np.random.default_rng([seed, zlib.crc32(f"{of} {fault}".encode())])
                values = make(chance)
                wrong = _broken(chance, values, breaking)
                if seed % 2:
                    _spoil(chance, values[:TIMES])
                yield of, fault, (values[:TIMES], values[TIMES:], wrong[TIMES:])


def _counted(detector: Detector, training: Values, told: Values, wrong: Flags) -> NDArray[np.int64]:
    found = detector(training, told)
    return np.array([(found & wrong).sum(), found.sum(), wrong.sum()])


def _scores(counts: Sequence[NDArray[np.int64]]) -> tuple[float, float, float]:
    hits, found, wrong = map(int, np.sum(counts, axis=0)) if counts else (0, 0, 0)
    precision, recall = hits / max(found, 1), hits / max(wrong, 1)
    return precision, recall, 2 * hits / max(found + wrong, 1)


# Sets


def _loads(chance: np.random.Generator) -> Values:
    time = np.arange(2 * TIMES)
    return np.stack(
        [
            np.sin(time / chance.uniform(15, 30)) + 0.5 * np.sin(time / chance.uniform(5, 9))
            for _ in range(2)
        ],
        axis=1,
    )


def following(chance: np.random.Generator) -> Values:
    mixed = _loads(chance) @ chance.normal(size=(2, SIZE))
    return mixed + 0.15 * chance.normal(size=mixed.shape)


def drifting(chance: np.random.Generator) -> Values:
    steps, drift = chance.normal(size=(2 * TIMES, 3)), np.zeros((2 * TIMES, 3))
    for time in range(1, 2 * TIMES):
        drift[time] = 0.95 * drift[time - 1] + 0.3 * steps[time]
    mixed = drift @ chance.normal(size=(3, SIZE))
    return mixed + 0.15 * chance.normal(size=mixed.shape)


def switched(chance: np.random.Generator) -> Values:
    spells = chance.integers(15, 120, size=2 * TIMES // 15)
    on = np.repeat(np.arange(len(spells)) % 2, spells)[: 2 * TIMES].astype(float)
    late = np.convolve(on, np.ones(5) / 5)[: 2 * TIMES]
    load = _loads(chance)[:, 0]
    noise = 0.1 * chance.normal(size=(4, 2 * TIMES))
    return np.stack(
        [on, 1 - on, 2 * on + noise[0], 3 * late + noise[1], load + noise[2], load * on + noise[3]],
        axis=1,
    )


def sparse(chance: np.random.Generator) -> Values:
    values = following(chance)
    burst = chance.random(2 * TIMES) < 0.06
    values[:, 0] = burst * chance.exponential(size=2 * TIMES)
    values[:, 1] = np.round(values[:, 1])
    return values


SETS = {"following": following, "drifting": drifting, "on/off": switched, "sparse": sparse}


# Anomalies, of one variable each: where they begin, and what they do with its values


def _spike(chance: np.random.Generator, column: Values, start: int) -> int:
    column[start] += chance.choice([-1, 1]) * chance.uniform(4, 8) * column[:TIMES].std()
    return start + 1


def _shift(chance: np.random.Generator, column: Values, start: int) -> int:
    end = start + int(chance.integers(15, 40))
    column[start:end] += chance.choice([-1, 1]) * chance.uniform(2, 4) * column[:TIMES].std()
    return end


def _break(chance: np.random.Generator, column: Values, start: int) -> int:
    """Values that it had at another time: no longer with the others."""
    length = int(chance.integers(15, 40))
    other = int(chance.integers(0, TIMES - length))
    column[start : start + length] = column[other : other + length]
    return start + length


def _stuck(chance: np.random.Generator, column: Values, start: int) -> int:
    end = start + int(chance.integers(15, 40))
    column[start:end] = column[start]
    return end


FAULTS = {"spike": _spike, "shift": _shift, "break": _break, "stuck": _stuck}


def _broken(
    chance: np.random.Generator,
    values: Values,
    breaking: Callable[[np.random.Generator, Values, int], int],
) -> Flags:
    wrong = np.zeros(len(values), dtype=np.bool_)
    start = TIMES + 60
    while start < len(values) - 80:
        end = breaking(chance, values[:, int(chance.integers(SIZE))], start)
        wrong[start:end] = True
        start = end + int(chance.integers(60, 140))
    return wrong


def _spoil(chance: np.random.Generator, training: Values) -> None:
    for _ in range(3):
        start, variable = int(chance.integers(TIMES - 10)), int(chance.integers(SIZE))
        training[start : start + 10, variable] += 5 * training[:, variable].std()


# Detectors


def by_engine(training: Values, told: Values) -> Flags:
    model = multivariate.fit(training)
    return model.detect(np.concatenate([training[-model.lags :], told])).is_anomaly


def by_thresholds(training: Values, told: Values) -> Flags:
    away = np.abs(told - training.mean(axis=0)) / training.std(axis=0)
    found: Flags = (away > 4).any(axis=1)
    return found


def by_forest(training: Values, told: Values) -> Flags:
    forest = IsolationForest(random_state=0).fit(training)
    return _low(forest.score_samples(training), forest.score_samples(told))


def by_envelope(training: Values, told: Values) -> Flags:
    # A covariance of what is constant, or the same twice, cannot be inverted.
    noise = 1e-3 * np.random.default_rng(0).normal(size=training.shape) * training.std(axis=0)
    envelope = EllipticEnvelope(random_state=0).fit(training + noise)
    return _low(-envelope.mahalanobis(training), -envelope.mahalanobis(told))


def by_components(training: Values, told: Values) -> Flags:
    middle, spread = training.mean(axis=0), training.std(axis=0)
    training, told = (training - middle) / spread, (told - middle) / spread
    parts = PCA(0.95).fit(training)

    def error(values: Values) -> Values:
        away: Values = values - parts.inverse_transform(parts.transform(values))
        return -(away**2).sum(axis=1)

    return _low(error(training), error(told))


def by_neighbours(training: Values, told: Values) -> Flags:
    middle, spread = training.mean(axis=0), training.std(axis=0)
    near = LocalOutlierFactor(35, novelty=True).fit((training - middle) / spread)
    return _low(near.negative_outlier_factor_, near.score_samples((told - middle) / spread))


def _low(ordinary: Values, scores: Values) -> Flags:
    found: Flags = scores < np.quantile(ordinary, QUIET)
    return found


DETECTORS: dict[str, Detector] = {
    "the suite's engine": by_engine,
    "4 standard deviations": by_thresholds,
    "IsolationForest": by_forest,
    "EllipticEnvelope": by_envelope,
    "PCA": by_components,
    "LocalOutlierFactor": by_neighbours,
}

if __name__ == "__main__":
    main()
