"""``forecast models``: the registry."""

from __future__ import annotations

from forecast.cli.console import paragraph, rows, title

EXAMPLES = """\b
Examples
  forecast models
  forecast predict jpn-fra-raa --model weibull-aft
"""


def list_models() -> None:
    """List the registered models: name, label, part and what each assumes.

    Members make up the pool, which is the default answer; baselines stand beside every answer and
    have no weight in it.
    """
    from forecast.models import MODELS, POOL

    title("Models, by the name that --model takes")
    lines = [(POOL, "Pool", "answer", "All members, mixed with equal weights.")]
    lines += [(m.name, m.label, m.role, m.description) for m in MODELS.values()]
    rows(lines, header=("Name", "Label", "Role", "What it says"), wraps=(1, 3))
    print()
    paragraph("Use one alone with: forecast predict ID --model NAME", indent=0)
