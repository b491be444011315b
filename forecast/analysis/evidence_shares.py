r"""How much of the answer comes from the same family, from relatives, and from the prior.

Two plain measures, both shared out over the two orders in which cases of the same family and relatives can
be added to the prior (Shapley values of two players):

- how far each moves the figures away from the answer that the priors alone give;
- its weight: its part of the precision 1 / V of the case's log median, V its posterior variance. In a
  normal model with known variances these parts are the weights with which the posterior mean averages the
  prior and each kind of evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.analysis.case_draws import row_of
from forecast.analysis.explain import prior_weights
from forecast.analysis.refit import (
    UNTOLD,
    Variant,
    headline_day,
    pooled,
    read,
    refit,
    remaining_of,
    require_open,
    with_trade,
)
from forecast.errors import ConvergenceError
from forecast.models import HierarchicalModel, HierarchicalPriors
from forecast.prediction.conditioning import Remaining
from forecast.prediction.grid import HORIZON_MONTHS
from forecast.prediction.question import Question
from forecast.survival.arrays import BoolArray
from forecast.timing import CONCLUDED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALL, PRIOR = "all the evidence", "the prior alone"
OWN, RELATIVES = "{family} alone", "relatives alone"

_MOST_LEFT_OUT = 10


class CaseReading(NamedTuple):
    """What is read off each fit: the forecast, and the variance of the case's log median."""

    answer: Remaining
    variance: float


@dataclass(frozen=True)
class EvidenceShares:
    """Answers from parts of the evidence.

    Attributes
    ----------
    question : Question
    refits : DataFrame
        A row a refit: ``group`` ('source', 'case left out', 'family left out', 'assumption'), ``label``,
        the figures of :class:`~forecast.analysis.refit.Reading`, ``cases`` (how many others it was told
        of), ``log_median_variance``, ``note`` (why there is no answer).
    shares : DataFrame
        Index the prior, the relatives and the same family: ``weight`` (they sum to 1), and what each adds
        to ``within_12``, ``by_headline`` and ``median_months``, a median taken as 600 months at most (of
        the prior: its own figures).
    """

    question: Question
    refits: pd.DataFrame
    shares: pd.DataFrame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the probability by the headline day from each part of the evidence."""
        from forecast.drawing import shown
        from forecast.drawing.answer_dots import answer_dots

        standing = float(self.refits["by_headline"].iloc[0])
        return shown(answer_dots(self.refits, standing, headline_day(self.question), ax))


def evidence_shares(
    question: Question,
    workers: int = 2,
    advance: Callable[[int, int], None] = lambda done, of: None,
    **arguments: Any,
) -> EvidenceShares:
    """Fit the headline models again with parts of the evidence, and share out the answer.

    Rows are left out by giving them no weight in the likelihood: what their covariates are centred at,
    and which families and countries there are, stays as it was. The case itself is always in: that it is
    still open is known.

    Parameters
    ----------
    question : Question
    workers, advance, **arguments
        See :func:`~forecast.analysis.refit.refit`.

    Raises
    ------
    NothingToForecastError
        If the case is no longer open.
    ConvergenceError
        If a fit that the shares need fails.
    """
    require_open(question)
    variants = _variants(question)
    found = refit([variant for _, variant in variants], case_reading, workers, advance, **arguments)
    rows = [
        _row(group, variant, parts) for (group, variant), parts in zip(variants, found, strict=True)
    ]
    refits = pd.DataFrame(rows)
    return EvidenceShares(question, refits, _shares(refits.set_index("label"), question))


def case_reading(model: HierarchicalModel, question: Question) -> CaseReading:
    """Forecast of the case, and the posterior variance of its log median."""
    posterior = model.posterior_
    eta = posterior.predictors(model.field_.incidence(row_of(question)))[0][:, 0]
    mean = posterior.weights @ eta
    return CaseReading(remaining_of(model, question), float(posterior.weights @ (eta - mean) ** 2))


def _variants(question: Question) -> list[tuple[str, Variant]]:
    table = question.table
    family = question.record.family
    own = (table.X["family"] == family).to_numpy()
    case = table.X.index == question.spell.negotiation_id
    told = _telling(question)
    variants = [
        ("source", Variant(ALL, question)),
        ("source", Variant(PRIOR, question, prior_weights(question))),
        ("source", told(OWN.format(family=family), own)),
        ("source", told(RELATIVES, ~own)),
    ]
    concluded = own & ~case & (table.y["cause"] == CONCLUDED)
    variants += [
        ("case left out", told(f"without {key}", table.X.index != key))
        for key in table.X.index[concluded][-_MOST_LEFT_OUT:]
    ]
    others = (name for name in dict.fromkeys(table.X["family"]) if name != family)
    variants += [
        ("family left out", told(f"without {name}", (table.X["family"] != name).to_numpy()))
        for name in others
    ]
    no_means = {"priors": HierarchicalPriors(coefficient_means={})}
    variants.append(
        ("assumption", Variant("covariates' prior means at 0", question, None, no_means))
    )
    if "trade" not in set(table.X["family"]):
        variants.append(("assumption", Variant("with trade negotiations", with_trade(question))))
    return variants


def _telling(question: Question) -> Callable[[str, BoolArray], Variant]:
    case = question.table.X.index == question.spell.negotiation_id

    def told(label: str, rows: BoolArray) -> Variant:
        return Variant(label, question, np.where(rows | case, 1.0, UNTOLD))

    return told


def _row(group: str, variant: Variant, parts: Mapping[str, CaseReading | str]) -> dict[str, object]:
    weights = variant.weights
    n = len(variant.question.table)
    cases = (n if weights is None else int((weights > UNTOLD).sum())) - 1
    row: dict[str, object] = {"group": group, "label": variant.label, "cases": cases}
    answer = pooled({t: p if isinstance(p, str) else p.answer for t, p in parts.items()})
    if isinstance(answer, str):
        return row | {"note": answer}
    variances = [part.variance for part in parts.values() if not isinstance(part, str)]
    figures = read(variant.question, answer)._asdict()
    return row | figures | {"log_median_variance": float(np.mean(variances)), "note": ""}


def _shares(refits: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Shapley values of two players over the prior: the same family, and relatives."""
    family = question.record.family
    sources = refits.loc[[PRIOR, OWN.format(family=family), RELATIVES, ALL]]
    if (sources["note"] != "").any():
        failed = sources.index[sources["note"] != ""][0]
        raise ConvergenceError(f"{failed}: {sources.loc[failed, 'note']}")
    figures = sources[["within_12", "by_headline", "median_months"]].assign(
        median_months=sources["median_months"].clip(upper=HORIZON_MONTHS),
        weight=1.0 / sources["log_median_variance"].astype(float),
    )
    none, own, relatives, both = figures.to_numpy(dtype=np.float64)
    table = pd.DataFrame(
        [
            none,
            (relatives - none + both - own) / 2.0,
            (own - none + both - relatives) / 2.0,
        ],
        index=["prior", "relatives", family],
        columns=figures.columns,
    )
    table["weight"] /= both[-1]
    return table.rename_axis("source")
