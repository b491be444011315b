"""Reports: lay out a forecast as a document and as one picture; nothing is estimated here."""

from forecast.reporting.card import card
from forecast.reporting.document import write_report
from forecast.reporting.experiments import save_figure, write_run

__all__ = ["card", "save_figure", "write_report", "write_run"]
