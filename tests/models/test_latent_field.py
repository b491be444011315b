"""Which effects there are, and how they enter rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.models.latent_field import CLUSTER, FAMILY, NEVER_FAMILY, PARTY, LatentField

X = pd.DataFrame(
    {
        "family": ["raa", "raa", "equipment", "logistics"],
        "parties": [("JPN", "FRA"), ("JPN", "GBR"), ("JPN", "GBR", "ITA"), ("FRA", "ITA")],
        "cluster": ["c1", "c1", "", "c2"],
        "prior_pacts": [0.0, 2.0, np.nan, 4.0],
    }
)


@pytest.fixture(scope="module")
def field() -> LatentField:
    return LatentField.of(X, None)


def test_effects_are_named_by_what_is_there(field: LatentField) -> None:
    assert field.names == (
        "log(median)",
        *("family[equipment]", "family[logistics]", "family[raa]"),
        *("party[FRA]", "party[GBR]", "party[ITA]", "party[JPN]"),
        "cluster[c1]",  # c2 holds one row and "" is none
        "prior_pacts",
        "logit(never)",
        *("never[equipment]", "never[logistics]", "never[raa]"),
    )
    groups = [-1, *[FAMILY] * 3, *[PARTY] * 4, CLUSTER, -1, -1, *[NEVER_FAMILY] * 3]
    assert field.group.tolist() == groups


def dense(field: LatentField, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    found = field.incidence(rows)
    duration, never = (
        pd.DataFrame(design.toarray(), columns=field.names)
        for design in (found.duration, found.never)
    )
    return duration, never, found.fresh


def test_the_design_of_known_rows(field: LatentField) -> None:
    duration, never, fresh = dense(field, X)
    first: dict[str, float] = {"log(median)": 1, "family[raa]": 1, "party[JPN]": 1, "party[FRA]": 1}
    first |= {"cluster[c1]": 1, "prior_pacts": -2.0}
    third = dict.fromkeys(["party[JPN]", "party[GBR]", "party[ITA]"], np.sqrt(2 / 3))
    third |= {"log(median)": 1, "family[equipment]": 1}
    for row, expected in ((0, first), (2, third)):
        np.testing.assert_allclose(
            duration.loc[row], pd.Series(expected).reindex(field.names, fill_value=0.0)
        )
    held = {"logit(never)": 1.0, "never[equipment]": 1.0}
    np.testing.assert_allclose(never.loc[2], pd.Series(held).reindex(field.names, fill_value=0.0))
    np.testing.assert_array_equal(fresh, 0.0)


def test_party_effects_have_one_variance_whatever_their_number(field: LatentField) -> None:
    duration, _, _ = dense(field, X)
    squares = (duration.filter(like="party[") ** 2).sum(axis=1)
    np.testing.assert_allclose(squares, 2.0)


def test_a_missing_covariate_moves_nothing_and_is_counted(field: LatentField) -> None:
    duration, _, _ = dense(field, X)
    assert duration.loc[2, "prior_pacts"] == 0.0
    assert field.design.missing == {"prior_pacts": 1}


def test_what_the_field_does_not_hold_is_fresh(field: LatentField) -> None:
    new = X.iloc[[0]].assign(family="access", cluster="c9")
    new["parties"] = [("JPN", "AUS", "NZL", "PHL")]
    duration, never, fresh = dense(field, new)
    np.testing.assert_allclose(fresh[0], [1.0, 3 * 0.5, 0.0, 1.0])
    assert duration.filter(like="family[").to_numpy().sum() == 0
    assert duration.loc[0, "party[JPN]"] == pytest.approx(np.sqrt(0.5))
    # A cluster of one has no effect, so a new one brings none.
    assert duration.loc[0, "cluster[c1]"] == 0
    assert never.loc[0, "logit(never)"] == 1.0


def test_rows_without_the_columns_stand_in_one_nameless_family() -> None:
    field = LatentField.of(pd.DataFrame({"prior_pacts": [1.0, 2.0]}), None)
    assert field.names == (
        "log(median)",
        "family[]",
        "prior_pacts",
        "logit(never)",
        "never[]",
    )
