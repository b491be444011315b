"""Errors that a user may see: one clear sentence each, with the exit code of the command line."""


class ForecastError(Exception):
    """Base of every error that is shown to a user as a sentence, without a traceback."""

    exit_code: int = 1


class UsageError(ForecastError):
    """A request that cannot be understood: a malformed date, an unknown clock, model or verb."""

    exit_code = 2


class DataError(ForecastError):
    """Data that contradict themselves or their schema."""

    exit_code = 3


class ConvergenceError(ForecastError):
    """A fit that found no optimum."""

    exit_code = 4


class NotIdentifiedError(ForecastError):
    """Too few cases for what is asked of them."""

    exit_code = 4


class NothingToForecastError(ForecastError):
    """A forecast was asked of something that is unknown, not begun or already certain."""

    exit_code = 5
