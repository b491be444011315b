"""Sourced records of negotiations: reading, checking, and what was known on a date."""

from forecast.archive.accounts import REPEATED, conflicts, preferred, settled_range, settling
from forecast.archive.cases import case_template, misfit, read_case, with_case, with_own_case
from forecast.archive.edtf import DAYS_PER_MONTH, DateRange, add_months, parse
from forecast.archive.loading import check, default_directory, load_archive
from forecast.archive.records import (
    FAILURE,
    AccountChoice,
    Claim,
    Country,
    Election,
    Exercise,
    Leader,
    Meeting,
    Milestone,
    Negotiation,
    Source,
)
from forecast.archive.view import Archive, Mode, facts_digest

__all__ = [
    "DAYS_PER_MONTH",
    "FAILURE",
    "REPEATED",
    "AccountChoice",
    "Archive",
    "Claim",
    "Country",
    "DateRange",
    "Election",
    "Exercise",
    "Leader",
    "Meeting",
    "Milestone",
    "Mode",
    "Negotiation",
    "Source",
    "add_months",
    "case_template",
    "check",
    "conflicts",
    "default_directory",
    "facts_digest",
    "load_archive",
    "misfit",
    "parse",
    "preferred",
    "read_case",
    "settled_range",
    "settling",
    "with_case",
    "with_own_case",
]
