"""One file a library: how its public calls are made, and what is read off their results.

An adapter takes the columns of one data set, turns them into what its library likes best, and
returns two functions: ``run()`` makes the public call, standard errors included, and is what is
timed; ``figures(fit)`` reads estimates, standard errors and log-likelihood off afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from experiments.benchmarks.problems import Columns

Figures = dict[str, Any]
Prepared = tuple[Callable[[], Any], Callable[[Any], Figures]]
Adapter = Callable[[Columns], Prepared]
