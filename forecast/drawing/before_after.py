"""Two forecasts of one case: as it stands, and under a supposition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl

from forecast.drawing.cumulative_curves import ANSWER_COLUMN, cumulative
from forecast.drawing.style import INK, MUTED, STYLE, new_axes
from forecast.drawing.words import wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SIZE = 7.5
_LINE = 10.0
_WIDTH, _HEIGHT = 470.0, 220.0
_LEFT, _RIGHT = 27.0, 132.0
_CAUTION = "an association among past negotiations, mostly prior"


@mpl.rc_context(STYLE)
def before_after(frame: pd.DataFrame, changes: Sequence[str], ax: Axes | None = None) -> Axes:
    """Draw the probability of a conclusion by each date before and after a change.

    Parameters
    ----------
    frame : DataFrame
        Columns ``date``, ``before`` and ``after``.
    changes : sequence of str
        What was changed, a line each.
    ax : Axes, optional
        Its margins must have room for the labels at the right and the changes above.
    """
    lines = [line for text in changes for line in wrapped(text, _WIDTH - _LEFT, _SIZE)]
    if ax is None:
        top = 10.0 + _LINE * (len(lines) + 1)
        ax = new_axes(_WIDTH, _HEIGHT + top, left=_LEFT, right=_RIGHT, top=top)
    curves = frame[["date", "before", "after"]].rename(columns={"after": ANSWER_COLUMN})
    labels = {"before": "As it stands", ANSWER_COLUMN: "If it were so"}
    cumulative(curves, ax, labels=labels, baselines=["before"])
    for row, (text, colour) in enumerate([(_CAUTION, MUTED), *((t, INK) for t in lines[::-1])]):
        ax.annotate(
            text,
            (0.0, 1.0),
            (0.0, 5.0 + _LINE * row),
            xycoords="axes fraction",
            textcoords="offset points",
            size=_SIZE,
            color=colour,
        )
    return ax
