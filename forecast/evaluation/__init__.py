"""Scoring forecasts against what happened: scores, calibration, concordance, skill.

Every loss is a loss: small is good. Import the functions from the files of their subject: `scores`,
`crps`, `weighting`, `concordance`, `calibration`, `bootstrap`.
"""
