"""The latent field of the hierarchical model: effects by name, and which rows they enter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from forecast.models.design import Design
from forecast.survival.arrays import FloatArray, IntArray

GROUPS = ("family", "party", "cluster", "never family")
"""Groups of exchangeable effects; the last is on the logit of the never share."""

FAMILY, PARTY, CLUSTER, NEVER_FAMILY = range(len(GROUPS))
UNGROUPED = -1

LOG_MEDIAN, NEVER_LOGIT = "log(median)", "logit(never)"


class Incidence(NamedTuple):
    """How effects enter rows.

    ``duration``, ``never``: (n, d) sparse designs of the log median and of the never share's logit;
    ``fresh``: (n, 4) sums of squared coefficients of effects that the field does not hold, by group.
    """

    duration: sparse.csr_array
    never: sparse.csr_array
    fresh: FloatArray


@dataclass(frozen=True, eq=False)
class LatentField:
    """Effects that were named by the training rows.

    Attributes
    ----------
    names : tuple of str
        ``log(median)``, ``family[...]``, ``party[...]``, ``cluster[...]``, the columns of the design,
        ``logit(never)``, ``never[...]``.
    group : (d,) int array
        Place in :data:`GROUPS`, or -1.
    design : Design
        Covariates.
    """

    names: tuple[str, ...]
    group: IntArray
    design: Design

    @classmethod
    def of(cls, X: pd.DataFrame, covariates: Sequence[str] | None) -> LatentField:
        """Name the effects of training rows; a cluster has one if it holds two rows or more."""
        design = Design(covariates).fit(X)
        families = sorted(set(_column(X, "family", "")))
        parties = sorted({party for group in _column(X, "parties", ()) for party in group})
        sizes = Counter(_column(X, "cluster", ""))
        clusters = sorted(name for name, size in sizes.items() if name and size > 1)
        parts: list[tuple[int, list[str]]] = [
            (UNGROUPED, [LOG_MEDIAN]),
            (FAMILY, [f"family[{name}]" for name in families]),
            (PARTY, [f"party[{name}]" for name in parties]),
            (CLUSTER, [f"cluster[{name}]" for name in clusters]),
            (UNGROUPED, list(design.names)),
            (UNGROUPED, [NEVER_LOGIT]),
            (NEVER_FAMILY, [f"never[{name}]" for name in families]),
        ]
        names = tuple(name for _, some in parts for name in some)
        group = np.concatenate([np.full(len(some), place) for place, some in parts])
        return cls(names, group.astype(np.intp), design)

    @property
    def places(self) -> dict[str, int]:
        """Place of each effect."""
        return {name: place for place, name in enumerate(self.names)}

    def incidence(self, X: pd.DataFrame) -> Incidence:
        """Designs of some rows, which may hold families and parties that the field does not."""
        places, n = self.places, len(X)
        duration, never = np.zeros((n, len(self.names))), np.zeros((n, len(self.names)))
        fresh = np.zeros((n, len(GROUPS)))

        def enter(matrix: FloatArray, row: int, name: str, group: int, coefficient: float) -> None:
            if name in places:
                matrix[row, places[name]] += coefficient
            else:
                fresh[row, group] += coefficient**2

        duration[:, places[LOG_MEDIAN]] = 1.0
        never[:, places[NEVER_LOGIT]] = 1.0
        columns = [places[name] for name in self.design.names]
        # Missing values stand at the centre, where a covariate moves nothing.
        duration[:, columns] = self.design.matrix(X) - self.design.centre
        for row, family in enumerate(_column(X, "family", "")):
            enter(duration, row, f"family[{family}]", FAMILY, 1.0)
            enter(never, row, f"never[{family}]", NEVER_FAMILY, 1.0)
        for row, parties in enumerate(_column(X, "parties", ())):
            for party in parties:
                enter(duration, row, f"party[{party}]", PARTY, sqrt(2.0 / len(parties)))
        for row, cluster in enumerate(_column(X, "cluster", "")):
            if f"cluster[{cluster}]" in places:
                duration[row, places[f"cluster[{cluster}]"]] = 1.0
        return Incidence(sparse.csr_array(duration), sparse.csr_array(never), fresh)


def _column(X: pd.DataFrame, name: str, default: Any) -> list[Any]:
    """Values of a reserved column; where there is no such column, the default for every row."""
    return list(X[name]) if name in X.columns else [default] * len(X)
