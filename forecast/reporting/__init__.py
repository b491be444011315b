"""Reports: lay out a forecast as a document and as one picture; nothing is estimated here."""

from forecast.reporting.card import card
from forecast.reporting.dataset_card import card_figures, refresh_card
from forecast.reporting.document import write_report
from forecast.reporting.experiments import save_figure, write_run

__all__ = ["card", "card_figures", "refresh_card", "save_figure", "write_report", "write_run"]
