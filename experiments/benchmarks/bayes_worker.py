r"""Sample the hierarchical model by NUTS: a second, independent account of it in NumPyro.

Runs in `.venv-bayes` and shares no code with the package: it reads the rows, designs and priors from an
.npz file, and writes draws, diagnostics and times to another. For row i

.. math::
    \eta_i &= A_i z, \quad \mathrm{logit}\,\pi_i = B_i z, \quad \log T_i = \eta_i + \sigma W_i

with W of median 0. Its likelihood is, for S the survival function of T and times in months,

- concluded at t: :math:`(1 - \pi) f(t)`; in (l, u]: :math:`(1 - \pi) [S(l) - S(u)]`;
- ended without agreement at c: :math:`\pi \lambda e^{-\lambda c}`; in (l, u]:
  :math:`\pi (e^{-\lambda l} - e^{-\lambda u})`;
- open at c: :math:`M(c) = \pi e^{-\lambda c} + (1 - \pi) S(c)`;
- entry v and no exit: divided by M(v);
- exit x: :math:`1 - \pi` or :math:`\pi` is left out and the rest divided by :math:`S(v) - S(x)` or
  :math:`e^{-\lambda v} - e^{-\lambda x}`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from arviz_stats.base.array import array_stats
from jax.nn import log_sigmoid, softplus
from jax.scipy.stats import norm
from numpyro.infer import MCMC, NUTS, init_to_median

jax.config.update("jax_enable_x64", True)

CONCLUDED, ENDED = 1, 2
QUANTILES = (0.05, 0.5, 0.95)
_LOG_LOG_2 = float(np.log(np.log(2.0)))

Array = Any
_STATS: Any = array_stats


class Error(NamedTuple):
    """W of a family: where it is shifted to median 0, and its log tails and density there."""

    shift: float
    log_survival: Any
    log_cdf: Any
    log_density: Any


def _log1mexp(x: Array) -> Array:
    """Log(1 - exp(-x)) for x > 0."""
    small = x < 0.693
    return jnp.where(
        small,
        jnp.log(-jnp.expm1(-jnp.where(small, x, 0.5))),
        jnp.log1p(-jnp.exp(-jnp.where(small, 1.0, x))),
    )


ERRORS = {
    "lognormal": Error(0.0, lambda w: norm.logcdf(-w), norm.logcdf, norm.logpdf),
    "weibull": Error(
        _LOG_LOG_2, lambda w: -jnp.exp(w), lambda w: _log1mexp(jnp.exp(w)), lambda w: w - jnp.exp(w)
    ),
    "loglogistic": Error(
        0.0, lambda w: -softplus(w), lambda w: -softplus(-w), lambda w: -w - 2.0 * softplus(-w)
    ),
}


class Law(NamedTuple):
    """Distribution of the durations of all rows at one point of the parameters."""

    error: Error
    eta: Array
    kappa: Array
    scale: Array
    log_rate: Array

    def w(self, rows: Array, times: Array) -> Array:
        """W, shifted, of some times."""
        return (jnp.log(times) - self.eta[rows]) / self.scale + self.error.shift

    def concluded_at(self, rows: Array, times: Array) -> Array:
        """Log f(t)."""
        w = self.w(rows, times)
        return self.error.log_density(w) - jnp.log(self.scale) - jnp.log(times)

    def concluded_between(self, rows: Array, lower: Array, upper: Array) -> Array:
        """Log of S(l) - S(u), l > 0, as a difference of whichever tails are smaller."""
        first, second = self.w(rows, lower), self.w(rows, upper)
        below = second < self.error.shift
        larger = jnp.where(below, self.error.log_cdf(second), self.error.log_survival(first))
        smaller = jnp.where(below, self.error.log_cdf(first), self.error.log_survival(second))
        return larger + _log1mexp(larger - smaller)

    def concluded_by(self, rows: Array, times: Array) -> Array:
        """Log of 1 - S(t)."""
        return self.error.log_cdf(self.w(rows, times))

    def ended_at(self, rows: Array, times: Array) -> Array:
        r"""Log of :math:`\lambda e^{-\lambda t}`."""
        return self.log_rate - jnp.exp(self.log_rate) * times

    def ended_between(self, rows: Array, lower: Array, upper: Array) -> Array:
        r"""Log of :math:`e^{-\lambda l} - e^{-\lambda u}`."""
        rate = jnp.exp(self.log_rate)
        return -rate * lower + _log1mexp(rate * (upper - lower))

    def open_at(self, rows: Array, times: Array) -> Array:
        """Log M(t)."""
        never = log_sigmoid(self.kappa[rows]) - jnp.exp(self.log_rate) * times
        later = log_sigmoid(-self.kappa[rows]) + self.error.log_survival(self.w(rows, times))
        return jnp.logaddexp(never, later)

    def concludes(self, rows: Array) -> Array:
        r"""Log of :math:`1 - \pi`."""
        return log_sigmoid(-self.kappa[rows])

    def never(self, rows: Array) -> Array:
        r"""Log of :math:`\pi`."""
        return log_sigmoid(self.kappa[rows])


def terms(data: Any) -> list[tuple[int, str, Array, tuple[Array, ...]]]:
    """Take the rows apart: sign, method of `Law`, rows, times; the terms add up to the likelihood."""
    entry, lower, upper, exit_, cause = (
        data[name] for name in ("entry", "lower", "upper", "exit", "cause")
    )
    exact, concluded, ended = lower == upper, cause == CONCLUDED, cause == ENDED
    shut = np.isfinite(exit_)
    wanted = [
        (1, "concluded_at", concluded & exact, (upper,)),
        (1, "concluded_by", concluded & ~exact & (lower == 0), (upper,)),
        (1, "concluded_between", concluded & ~exact & (lower > 0), (lower, upper)),
        (1, "ended_at", ended & exact, (upper,)),
        (1, "ended_between", ended & ~exact, (lower, upper)),
        (1, "open_at", (cause == 0) & (lower > 0), (lower,)),
        (1, "concludes", concluded & ~shut, ()),
        (1, "never", ended & ~shut, ()),
        (-1, "open_at", ~shut & (entry > 0), (entry,)),
        (-1, "concluded_by", concluded & shut & (entry == 0), (exit_,)),
        (-1, "concluded_between", concluded & shut & (entry > 0), (entry, exit_)),
        (-1, "ended_between", ended & shut, (entry, exit_)),
    ]
    return [
        (sign, name, np.flatnonzero(mask), tuple(time_[mask] for time_ in times))
        for sign, name, mask, times in wanted
        if mask.any()
    ]


def log_likelihood(law: Law, parts: list[Any], weights: Array) -> Array:
    """Weighted sum of all terms."""
    return sum(
        sign * jnp.sum(weights[rows] * getattr(law, name)(rows, *times))
        for sign, name, rows, times in parts
    )


def make_model(data: Any) -> Any:
    """Model in NumPyro, every effect as its prior mean plus its standard deviation times a score."""
    parts, error = terms(data), ERRORS[str(data["family"])]
    group, scales = data["group"], data["group_scales"]
    grouped, place = group >= 0, np.maximum(group, 0)

    def rows(field: Array, log_scale: Array, log_rate: Array) -> Array:
        law = Law(error, data["A"] @ field, data["B"] @ field, jnp.exp(log_scale), log_rate)
        return log_likelihood(law, parts, data["weights"])

    # Compiled once as a whole; left to itself NumPyro compiles every operation in it when it starts.
    compiled = jax.jit(rows)

    def model() -> None:
        group_sd = numpyro.sample("group_sd", dist.HalfNormal(scales).to_event(1))
        log_scale = numpyro.sample("log_scale", dist.Normal(*data["log_scale_prior"]))
        log_rate = numpyro.sample("log_rate", dist.Normal(*data["log_rate_prior"]))
        score = numpyro.sample("score", dist.Normal(np.zeros(len(group)), 1.0).to_event(1))
        sd = jnp.where(grouped, group_sd[place], data["prior_sd"])
        field = numpyro.deterministic("field", data["prior_mean"] + sd * score)
        numpyro.factor("rows", compiled(field, log_scale, log_rate))

    return model


def case_probabilities(data: Any, draws: dict[str, Array]) -> Array:
    """P(concluded within h months | open at the age), by draw: (chains, draws, horizons)."""
    error, age = ERRORS[str(data["family"])], float(data["case_age"])
    chains, size = draws["log_scale"].shape
    field = draws["field"].reshape(chains * size, -1)
    scale = np.exp(draws["log_scale"].reshape(-1))
    rate = np.exp(draws["log_rate"].reshape(-1))
    eta, share = field @ data["case_A"], 1.0 / (1.0 + np.exp(-(field @ data["case_B"])))

    def later(time_: float) -> Array:
        w = (np.log(time_) - eta) / scale + error.shift
        return (1.0 - share) * np.exp(np.asarray(error.log_survival(w)))

    open_ = share * np.exp(-rate * age) + later(age)
    found = [(later(age) - later(age + h)) / open_ for h in data["horizons"]]
    return np.stack(found, axis=-1).reshape(chains, size, -1)


def sample(
    data: Any, chains: int, warmup: int, size: int, seed: int
) -> tuple[dict[str, Array], dict[str, float]]:
    """Run NUTS; return draws (chains, draws, ...), and counts and seconds of the run."""
    compiling: list[float] = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, seconds, **_: compiling.append(seconds) if "/compile/" in event else None
    )
    start, cpu = time.perf_counter(), time.process_time()
    run = MCMC(
        NUTS(make_model(data), target_accept_prob=0.9, init_strategy=init_to_median()),
        num_warmup=warmup,
        num_samples=size,
        num_chains=chains,
        chain_method="vectorized",
        progress_bar=False,
    )
    run.run(jax.random.PRNGKey(seed), extra_fields=("num_steps",))
    draws = {k: np.asarray(v) for k, v in run.get_samples(group_by_chain=True).items()}
    extra = run.get_extra_fields(group_by_chain=True)
    figures = {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - cpu,
        "compile_seconds": sum(compiling),
        "divergences": float(np.sum(extra["diverging"])),
        "mean_steps": float(np.mean(extra["num_steps"])),
    }
    return draws, figures


def describe(values: Array) -> dict[str, Array]:
    """Summaries of parameters (chains, draws, p), each (p,) or, of quantiles, (p, 3)."""
    by_parameter = np.moveaxis(values, -1, 0)

    def quantile_error(prob: float) -> Array:
        return _STATS.mcse(by_parameter, method="quantile", prob=prob)

    return {
        "mean": values.mean(axis=(0, 1)),
        "mean_error": _STATS.mcse(by_parameter, method="mean"),
        "sd": values.std(axis=(0, 1)),
        "quantiles": np.quantile(values, QUANTILES, axis=(0, 1)).T,
        "quantile_errors": np.stack([quantile_error(p) for p in QUANTILES], axis=-1),
        "bulk": _STATS.ess(by_parameter, method="bulk"),
        "rhat": _STATS.rhat(by_parameter),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--chains", type=int, default=4)
    parser.add_argument("--warmup", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    data = dict(np.load(arguments.data))
    draws, figures = sample(
        data, arguments.chains, arguments.warmup, arguments.draws, arguments.seed
    )
    # In the order: effects, standard deviations of the groups, log scale, log ending rate.
    values = np.concatenate(
        [
            draws["field"],
            draws["group_sd"],
            draws["log_scale"][..., np.newaxis],
            draws["log_rate"][..., np.newaxis],
        ],
        axis=-1,
    )
    case = describe(case_probabilities(data, draws))
    version = f"NumPyro {numpyro.__version__}, JAX {jax.__version__}"
    np.savez(
        arguments.out,
        figures=json.dumps(figures | {"version": version}),
        **describe(values),
        **{f"case_{name}": value for name, value in case.items()},
    )


if __name__ == "__main__":
    main()
