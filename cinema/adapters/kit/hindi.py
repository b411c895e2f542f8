"""Numbers in Hindi words, for voices whose libraries cannot read digits in Hindi (num2words 0.5.14 has no Hindi)."""

from __future__ import annotations

import re

_WORDS = (
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ "
    "दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस "
    "बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस "
    "तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस "
    "चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास "
    "पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ "
    "साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर "
    "सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी "
    "अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी "
    "नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"
)
_UP_TO_99 = tuple(_WORDS.split())
_LARGE = ((10_000_000, "करोड़"), (100_000, "लाख"), (1_000, "हज़ार"), (100, "सौ"))
_LONGEST_DIGITS = 12
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def spelt_out(text: str) -> str:
    """`text` with every number, in Latin or Devanagari digits, as words; more than 12 digits are read one by one."""
    return _NUMBER.sub(lambda match: _read(match.group()), text)


def words_for(number: int) -> str:
    """A number from 0 on, counted in hundreds, thousands, lakhs and crores."""
    for unit, name in _LARGE:
        if number >= unit:
            rest = words_for(number % unit) if number % unit else ""
            return f"{words_for(number // unit)} {name} {rest}".rstrip()
    return _UP_TO_99[number]


def _read(number: str) -> str:
    whole, _, part = number.replace(",", "").partition(".")
    digits = " ".join(_UP_TO_99[int(digit)] for digit in part)
    said = words_for(int(whole)) if len(whole) <= _LONGEST_DIGITS else " ".join(_UP_TO_99[int(digit)] for digit in whole)
    tail = "," if number.endswith(",") else ""
    return (f"{said} दशमलव {digits}" if digits else said) + tail
