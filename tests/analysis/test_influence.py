"""Which choice moves an answer most, against sums done by hand."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest

from forecast.analysis.influence import influence, shifts

CHOICES = ("a", "b", "c")


@pytest.fixture
def additive() -> pd.DataFrame:
    """P = 0.2 + 0.3 [a = 2] + 0.1 [b = 2]; c changes nothing."""
    rows = [
        (a, b, c, 0.2 + 0.3 * (a == "2") + 0.1 * (b == "2"))
        for a, b, c in product("12", "12", "123")
    ]
    return pd.DataFrame(rows, columns=[*CHOICES, "p"])


def test_an_additive_answer_shares_its_variance_out(additive: pd.DataFrame) -> None:
    found = influence(additive, CHOICES, "p")
    assert list(found.index) == ["a", "b", "c"]
    assert found["difference"].tolist() == pytest.approx([0.3, 0.1, 0.0])
    assert found["largest"].tolist() == pytest.approx([0.3, 0.1, 0.0])
    # Variances of two equally likely values: 0.15 squared and 0.05 squared.
    assert found["share"].tolist() == pytest.approx([0.9, 0.1, 0.0])
    assert found["levels"].tolist() == [2, 2, 3]


def test_an_interaction_counts_for_both_choices() -> None:
    table = pd.DataFrame(
        [("1", "1", 0.0), ("1", "2", 1.0), ("2", "1", 1.0), ("2", "2", 0.0)],
        columns=["a", "b", "p"],
    )
    assert influence(table, ["a", "b"], "p")["share"].tolist() == pytest.approx([1.0, 1.0])


def test_specifications_without_an_answer_or_a_counterpart_are_left_out(
    additive: pd.DataFrame,
) -> None:
    additive.loc[(additive["a"] == "1") & (additive["c"] == "3"), "p"] = None
    lonely = pd.DataFrame([("9", "9", "9", 5.0)], columns=[*CHOICES, "p"])
    found = influence(pd.concat([additive, lonely], ignore_index=True), CHOICES, "p")
    assert found.loc["a", "difference"] == pytest.approx(0.3)
    assert found.loc["a", "largest"] == pytest.approx(0.3)


def test_a_choice_that_was_not_varied_is_not_listed() -> None:
    table = pd.DataFrame({"a": ["1", "2"], "b": ["1", "1"], "p": [0.1, 0.4]})
    assert list(influence(table, ["a", "b"], "p").index) == ["a"]


def test_shifts_are_signed_and_start_at_the_usual_level(additive: pd.DataFrame) -> None:
    found = shifts(additive, CHOICES, pd.Series({"a": "2", "b": "1", "c": "1"}), "p")
    rows = found.set_index(["choice", "level"])
    assert rows.loc[("a", "1"), "shift"] == pytest.approx(-0.3)
    assert rows.loc[("b", "2"), "shift"] == pytest.approx(0.1)
    assert rows.loc[("a", "1"), "pairs"] == 6
    assert ("a", "2") not in rows.index
