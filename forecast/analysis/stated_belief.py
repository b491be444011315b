r"""What an analyst says of a case, and how it reweighs a model's curve.

An analyst says: by :math:`t_1 < t_2 < \dots < t_K` months since the launch it is concluded with the
probabilities :math:`p_1 < p_2 < \dots < p_K`. Of everything else the analyst is silent, and the model
speaks. The belief at launch is the distribution that agrees with the analyst and is otherwise nearest to the
model's own, F (the least Kullback-Leibler divergence). That is Jeffrey's rule: the model, weighted within
each interval by

.. math::
    r_k = \frac{p_k - p_{k-1}}{F(t_k) - F(t_{k-1})}, \qquad r_{K+1} = \frac{1 - p_K}{1 - F(t_K)}

with :math:`t_0 = p_0 = 0`; the last weight is that of all that comes later, or never.

References
----------
Diaconis and Zabell (1982), J. Am. Stat. Assoc. 77, 822-830.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from forecast.errors import UsageError
from forecast.prediction.grid import HORIZON_MONTHS
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import FloatArray


@dataclass(frozen=True)
class Belief:
    """What an analyst holds: probabilities of a conclusion by some months since the launch.

    Attributes
    ----------
    months, shares : tuple of float
        Both rising; shares in (0, 1).
    """

    months: tuple[float, ...]
    shares: tuple[float, ...]

    def ratios(self, model: SurvivalCurves) -> FloatArray:
        """Weights r of the intervals and of what comes later, (K + 1,).

        Parameters
        ----------
        model : SurvivalCurves
            The model's curve of the case at launch, one case.

        Raises
        ------
        UsageError
            If the model holds a conclusion within one of the intervals impossible.
        """
        reached = np.append(model.at([0.0, *self.months])[0], 0.0)
        own = -np.diff(reached)
        if (own <= 0.0).any():
            k = int(np.argmax(own <= 0.0))
            raise UsageError(
                f"a belief up to {self.months[min(k, len(self.months) - 1)]:g} months cannot be weighed: "
                "the model gives no chance to that span"
            )
        ratios: FloatArray = np.diff([0.0, *self.shares, 1.0]) / own
        return ratios

    def reweighted(self, curve: SurvivalCurves, ratios: FloatArray) -> tuple[SurvivalCurves, float]:
        """Put the weights on a curve of one case, and say how much of it they leave.

        Parameters
        ----------
        curve : SurvivalCurves
            Times since the launch.
        ratios : (K + 1,) array

        Returns
        -------
        SurvivalCurves
            Normalised.
        float
            What it was divided by: 1 for the curve at launch.
        """
        grid = np.union1d(curve.times, self.months)
        survival = curve.at(grid)[0]
        steps = np.array([0.0, *self.months])
        own = curve.at(steps)[0]
        held = ratios[-1] * survival
        left = ratios[-1] * own[-1]
        for k in reversed(range(len(self.months))):
            within = (grid >= steps[k]) & (grid <= steps[k + 1])
            held[within] = left + ratios[k] * (survival[within] - own[k + 1])
            left += ratios[k] * (own[k] - own[k + 1])
        never = ratios[-1] * curve.never / left
        return (
            SurvivalCurves(
                grid,
                held[np.newaxis] / left,
                never,
                "log-linear",
                curve.follow_up,
                curve.tail_hazard,
            ),
            float(left),
        )


def parse_belief(text: str) -> Belief:
    """Read a belief such as ``12:0.5,24:0.9``: months since the launch, probability by then.

    Raises
    ------
    UsageError
        If the text is malformed, or months or probabilities do not rise.

    Examples
    --------
    >>> parse_belief("12:0.5,24:0.9")
    Belief(months=(12.0, 24.0), shares=(0.5, 0.9))
    """
    pairs = [_pair(part, text) for part in text.split(",")]
    months, shares = zip(*pairs, strict=True)
    for what, values in (("months", months), ("probabilities", shares)):
        if any(later <= earlier for earlier, later in pairwise(values)):
            raise UsageError(f"the {what} of a belief must rise, and those of {text!r} do not")
    return Belief(months, shares)


def _pair(part: str, text: str) -> tuple[float, float]:
    try:
        month, share = map(float, part.split(":"))
    except ValueError:
        raise UsageError(
            f"{part.strip()!r} in the belief {text!r} is not months:probability, such as 12:0.5"
        ) from None
    if not 0.0 < month <= HORIZON_MONTHS:
        raise UsageError(
            f"the months of a belief lie between 0 and {HORIZON_MONTHS:g}, not {month:g}"
        )
    if not 0.0 < share < 1.0:
        raise UsageError(f"the probabilities of a belief lie between 0 and 1, not {share:g}")
    return month, share
