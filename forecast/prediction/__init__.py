"""Forecasts: made from records and models, kept as plain data."""

from forecast.prediction.forecast import Forecast
from forecast.prediction.making import predict, predict_open
from forecast.prediction.parts import Case, End, Outlook, Target
from forecast.prediction.words import in_twenty, long_date, percent

__all__ = [
    "Case",
    "End",
    "Forecast",
    "Outlook",
    "Target",
    "in_twenty",
    "long_date",
    "percent",
    "predict",
    "predict_open",
]
