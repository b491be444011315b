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

    The three headline models make the default answer; members make up the pool, which stands beside
    it, as baselines do, without weight.
    """
    from forecast.models import HEADLINE, MODELS, POOL, POOL_LABELS

    title("Models, by the name that --model takes")
    lines = [
        (HEADLINE, POOL_LABELS[HEADLINE], "answer", "The headline models at equal weights."),
        (POOL, POOL_LABELS[POOL], "pool", "The members at equal weights."),
    ]
    lines += [(m.name, m.label, m.role, m.description) for m in MODELS.values()]
    rows(lines, header=("Name", "Label", "Role", "What it says"), wraps=(1, 3))
    print()
    paragraph("Use one alone with: forecast predict ID --model NAME", indent=0)
