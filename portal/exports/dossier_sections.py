"""What pages say of a section in markup, for files: why nothing is listed, and what may not be; and its rows
as values."""

from datetime import date

from django.utils.translation import gettext, ngettext

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Row, Section, Source
from portal.figures.debts import tellable
from portal.presenting import declarations, formats
from portal.presenting.dossiers.dossier_page import SectionTable


def said(table: SectionTable) -> str:
    """Why a section has no rows, in the active language; empty where it has some."""
    standing, named = table.standing, {"source": table.standing.label}
    if table.never_asked:
        return gettext("Ainda não consultado: %(source)s não tinha sido perguntada sobre esta seção.") % named
    if table.rows is None:
        why = f" ({standing.error})" if standing.error else ""
        return gettext("%(source)s não respondeu e nada se sabe desta seção.") % named + why
    if not standing.found:
        return gettext("%(source)s respondeu que não conhece esta pessoa.") % named
    return "" if table.rows or table.withheld else gettext("Nenhum registro em %(source)s.") % named


def withheld(table: SectionTable) -> str:
    """How many rows may not be shown, and by which law; empty where there are none."""
    if not table.withheld:
        return ""
    told = ngettext(
        "%(n)s registro de mais de cinco anos não é mostrado (CDC, art. 43, § 1º).",
        "%(n)s registros de mais de cinco anos não são mostrados (CDC, art. 43, § 1º).",
        table.withheld,
    )
    return told % {"n": formats.number(table.withheld)}


def rows(view: DossierView, source: Source, section: Section, today: date) -> tuple[Row, ...]:
    """A section's rows as values, newest first, without what may be told no more on a day."""
    known = view.rows(source.name, section.key) or ()
    return declarations.newest_first(section, tellable(section, known, today))
