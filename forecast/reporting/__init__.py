"""Reports: lay out a forecast as a document and as one picture; nothing is estimated here."""

from forecast.reporting.card import card
from forecast.reporting.dataset_card import card_figures, refresh_card
from forecast.reporting.document import write_report
from forecast.reporting.experiments import save_figure, save_table, write_run
from forecast.reporting.wording import family_name

__all__ = [
    "card",
    "card_figures",
    "family_name",
    "refresh_card",
    "save_figure",
    "save_table",
    "write_report",
    "write_run",
]
