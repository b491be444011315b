"""Dated forecasts of when an international negotiation will conclude."""
