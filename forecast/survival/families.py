"""The registry of families."""

from __future__ import annotations

import difflib

from forecast.errors import UsageError
from forecast.survival.family import Family, Jet, LocationScale
from forecast.survival.generalised_gamma import GeneralisedGamma
from forecast.survival.gompertz import Gompertz
from forecast.survival.location_scale import exponential, loglogistic, lognormal, weibull

generalised_gamma = GeneralisedGamma("generalised-gamma")
gompertz = Gompertz("gompertz")

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (lognormal, weibull, loglogistic, exponential, generalised_gamma, gompertz)
}


def get_family(family: str | Family) -> Family:
    """Return a family by its name; a family is returned as it is.

    Raises
    ------
    UsageError
        If there is no family of that name.
    """
    if isinstance(family, Family):
        return family
    if family not in FAMILIES:
        near = difflib.get_close_matches(family, FAMILIES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; choose from {', '.join(FAMILIES)}."
        raise UsageError(f"There is no family {family!r}{hint}")
    return FAMILIES[family]


__all__ = ["FAMILIES", "Family", "Jet", "LocationScale", "get_family"]
