"""The command line: it reads arguments, calls the public functions and prints what they return."""

from forecast.cli.app import app, main

__all__ = ["app", "main"]
