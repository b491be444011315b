"""From dated records to censored durations: clocks, one spell, and the table of spells."""

from forecast.timing.clocks import CLOCKS, Clock, parse_clock
from forecast.timing.spell import CONCLUDED, ENDED, OPEN, Spell, months, spell_of
from forecast.timing.table import RESERVED, Spells, check_accounts, spells

__all__ = [
    "CLOCKS",
    "CONCLUDED",
    "ENDED",
    "OPEN",
    "RESERVED",
    "Clock",
    "Spell",
    "Spells",
    "check_accounts",
    "months",
    "parse_clock",
    "spell_of",
    "spells",
]
