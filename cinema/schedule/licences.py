"""Whether a licence allows what the user says the film is for."""

from __future__ import annotations

from cinema.catalog import Licence
from cinema.settings import Settings

EU = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)
"""The member states of the European Union, ISO 3166-1 alpha-2."""

_SAME = {"UK": "GB", "EL": "GR", "KOR": "KR", "USA": "US", "GBR": "GB"}


def refusal(licence: Licence, settings: Settings) -> str | None:
    """Why `licence` forbids the use that `settings` describes (purpose, territory, revenue), or None where it allows it.

    Where no territory is given, a licence that excludes some is not refused: `caution` then says so.
    """
    if settings.purpose == "commercial" and not licence.commercial:
        return f"its licence ({licence.name}) forbids commercial use"
    here = _code(settings.territory)
    if here and any(_covers(_code(excluded), here) for excluded in licence.excluded_territories):
        excluded = ", ".join(licence.excluded_territories)
        return f"its licence ({licence.name}) excludes the territory {settings.territory!r}: it does not hold in {excluded}"
    cap = licence.revenue_cap_usd
    if cap is not None and settings.revenue_usd > cap:
        return f"its licence ({licence.name}) ends at a yearly revenue of {cap:,} USD, and yours is {settings.revenue_usd:,}"
    return None


def caution(licence: Licence, settings: Settings) -> str | None:
    """What the user must look at, since the settings do not tell: territories that are excluded, where none was given."""
    if licence.excluded_territories and not settings.territory:
        places = ", ".join(licence.excluded_territories)
        return f"its licence ({licence.name}) does not hold in {places}; set `territory` to have this checked"
    return None


def _code(territory: str) -> str:
    code = territory.strip().upper()
    return _SAME.get(code, code)


def _covers(excluded: str, here: str) -> bool:
    """Whether the excluded territory contains `here`; a maker "in the EU" is touched by any excluded member state."""
    return excluded == here or (excluded == "EU" and here in EU) or (here == "EU" and excluded in EU)
