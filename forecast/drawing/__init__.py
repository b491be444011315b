"""Figures: frames and arrays in, matplotlib Axes out; nothing is estimated here."""

from forecast.drawing.beliefs import beliefs
from forecast.drawing.captions import caption, caption_height
from forecast.drawing.case_timeline import timeline
from forecast.drawing.cumulative_curves import cumulative
from forecast.drawing.effects import effects
from forecast.drawing.life_lines import lifelines
from forecast.drawing.quantile_dots import quantile_dotplot
from forecast.drawing.reliability import reliability
from forecast.drawing.replay import replay
from forecast.drawing.saving import png_bytes, svg_bytes
from forecast.drawing.score_over_time import score_over_time
from forecast.drawing.skill import skill_table
from forecast.drawing.specification_curve import specification_curve
from forecast.drawing.style import STYLE, figure_of, new_axes, new_figure, shown
from forecast.drawing.words import balanced, drawable, text_width, wrapped

__all__ = [
    "STYLE",
    "balanced",
    "beliefs",
    "caption",
    "caption_height",
    "cumulative",
    "drawable",
    "effects",
    "figure_of",
    "lifelines",
    "new_axes",
    "new_figure",
    "png_bytes",
    "quantile_dotplot",
    "reliability",
    "replay",
    "score_over_time",
    "shown",
    "skill_table",
    "specification_curve",
    "svg_bytes",
    "text_width",
    "timeline",
    "wrapped",
]
