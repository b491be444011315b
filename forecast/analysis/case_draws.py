"""Draws of the case under suppositions about it, conditioned as the forecast itself is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.models import HierarchicalModel
from forecast.prediction.conditioning import Remaining
from forecast.prediction.grid import months_ahead
from forecast.prediction.question import Question
from forecast.survival.arrays import FloatArray


def row_of(question: Question) -> pd.DataFrame:
    """Covariates of the case, one row."""
    return question.table.X.loc[[question.spell.negotiation_id]]


def weights_without_case(model: HierarchicalModel, question: Question) -> FloatArray:
    """Weights of the draws, (S,), as if the fit had not known that the case was open.

    The fit multiplied them by the case's probability of being open, under its actual covariates; a
    supposition about the case must not keep that factor.
    """
    return model.case_anew(row_of(question))[0].weights


def supposed(
    model: HierarchicalModel, question: Question, row: pd.DataFrame, never: float | None = None
) -> Remaining:
    """Forecast of the case if it had the covariates of ``row``, under one model.

    Parameters
    ----------
    model : HierarchicalModel
        Fitted to the table of the question; it is not fitted again.
    question : Question
    row : DataFrame, (1, p)
    never : float, optional
        Suppose this never share.
    """
    ages = question.ages
    knots = np.union1d([0.0, ages.searched], ages.as_of + months_ahead())
    curve = model.predict_survival(row, knots, elapsed=ages.open_at, never=never)
    return question.remaining([curve])
