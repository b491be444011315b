"""Reports: lay out a forecast as a document and as one picture; nothing is estimated here."""

from forecast.reporting.card import card
from forecast.reporting.document import write_report

__all__ = ["card", "write_report"]
