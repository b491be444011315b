"""Non-parametric estimates of a survival curve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError, NotIdentifiedError
from forecast.survival.arrays import FloatArray
from forecast.survival.curves import SurvivalCurves


def kaplan_meier(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> tuple[SurvivalCurves, FloatArray]:
    r"""Product-limit estimate of the survival curve, with delayed entry.

    .. math::
        S(t) = \prod_{t_j \le t} (1 - d_j / n_j), \quad
        \mathrm{se}(t)^2 = S(t)^2 \sum_{t_j \le t} \frac{d_j}{n_j (n_j - d_j)}

    with :math:`d_j` events at :math:`t_j` among the :math:`n_j` rows for which
    entry :math:`< t_j \le` time.

    Parameters
    ----------
    time : (n,) array_like
        Months to the event, or to the end of observation.
    event : (n,) array_like
        1 or True where the event was seen.
    entry : (n,) array_like, optional
        Age from which a row was followed; default 0.
    weights : (n,) array_like, optional
        Frequency weights; default 1.

    Returns
    -------
    curve : SurvivalCurves
        One step curve with knots at 0 and at the event times; no never share; followed up to the
        last event.
    standard_errors : (m,) array
        Greenwood's, at the knots of the curve; NaN where the survival is 0. `log_log_band` makes
        pointwise confidence limits of them.

    Raises
    ------
    DataError
        If a value is not finite, a time is not positive or does not exceed its entry.
    NotIdentifiedError
        If no event was seen.

    References
    ----------
    Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452.
    """
    # Takes more than a second to import.
    from statsmodels.duration.survfunc import SurvfuncRight

    times = np.asarray(time, dtype=np.float64)
    events = np.asarray(event, dtype=np.float64)
    entries = None if entry is None else np.asarray(entry, dtype=np.float64)
    frequencies = None if weights is None else np.asarray(weights, dtype=np.float64)
    _check(times, events, entries, frequencies)

    table = SurvfuncRight(times, events, entry=entries, freq_weights=frequencies)
    at_risk = np.asarray(table.n_risk, dtype=np.float64)
    ended = np.asarray(table.n_events, dtype=np.float64)
    # From its counts and not its curve: statsmodels leaves 1e-16 after a curve that has reached
    # zero under delayed entry, and its standard errors under weights are not Greenwood's.
    going_on = np.maximum(at_risk - ended, 0.0)
    survival = np.cumprod(going_on / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = survival * np.sqrt(np.cumsum(ended / (at_risk * going_on)))
    knots = np.concatenate(([0.0], np.asarray(table.surv_times, dtype=np.float64)))
    curve = SurvivalCurves(
        times=knots,
        survival=np.concatenate(([1.0], survival))[np.newaxis, :],
        never=np.zeros(1),
        kind="step",
    )
    return curve, np.concatenate(([0.0], errors))


def _check(
    times: FloatArray,
    events: FloatArray,
    entries: FloatArray | None,
    frequencies: FloatArray | None,
) -> None:
    given = [part for part in (times, events, entries, frequencies) if part is not None]
    if times.ndim != 1 or any(part.shape != times.shape for part in given):
        raise DataError("Times, events, entries and weights must be of one length.")
    if not all(np.isfinite(part).all() for part in given):
        raise DataError("Times, events, entries and weights must be finite numbers.")
    if (times <= 0).any() or (entries is not None and (times <= entries).any()):
        row = int(np.argmax(times <= (0.0 if entries is None else np.maximum(entries, 0.0))))
        raise DataError(f"Row {row}: time is {times[row]:g}, but it must be after 0 and the entry.")
    if not np.isin(events, (0.0, 1.0)).all():
        raise DataError("Events must be 0 or 1.")
    seen = events > 0 if frequencies is None else (events > 0) & (frequencies > 0)
    if not seen.any():
        raise NotIdentifiedError("No event was seen, so there is no curve to estimate.")
