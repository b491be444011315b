"""The shipped tables are a valid Tabular Data Package to other people's software as well."""

from __future__ import annotations

import warnings

from forecast.archive import default_directory


def test_the_package_is_valid_for_frictionless() -> None:
    with warnings.catch_warnings():
        # Its own imports warn; what it says of our tables comes in the report.
        warnings.simplefilter("ignore")
        from frictionless import Package

        report = Package(str(default_directory() / "datapackage.json")).validate()
    faults = [error for task in report.tasks for error in task.errors]
    assert report.valid, faults[:3]
    assert len(report.tasks) == 10
    assert sum(task.stats["rows"] for task in report.tasks) > 5000
