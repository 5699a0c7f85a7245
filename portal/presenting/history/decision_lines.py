"""What was decided by versions, written out: on pages, in reports and in files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from orchestrator.records.decisions import Decided, DecisionKind
from portal.presenting.run_details import owner_names
from portal.presenting.words import Sign, Words

SIGNS: Mapping[DecisionKind, Sign] = {
    DecisionKind.APPROVE: Sign(word=_("aprovado"), icon="ok", tone="good"),
    DecisionKind.REFUSE: Sign(word=_("recusado"), icon="bad", tone="bad"),
    DecisionKind.ASK_PAPERS: Sign(word=_("documentos pedidos"), icon="clock", tone="warn"),
    DecisionKind.NOTE: Sign(word=_("nota"), icon="none", tone="calm"),
}
CHOICES: Mapping[DecisionKind, Words] = {
    DecisionKind.APPROVE: _("Aprovar"),
    DecisionKind.REFUSE: _("Recusar"),
    DecisionKind.ASK_PAPERS: _("Pedir documentos"),
    DecisionKind.NOTE: _("Só uma nota"),
}


@dataclass(frozen=True, kw_only=True)
class DecisionLine:
    """A decision in words: which, with what text, by whom and when, by which version."""

    kind: Words
    text: str
    by: str
    at: datetime
    version: int
    sign: Sign


def lines(told: Iterable[Decided]) -> tuple[DecisionLine, ...]:
    """A line for each, in their order, with the names of who decided."""
    told = tuple(told)
    names = owner_names(each.owner for each in told)
    return tuple(
        DecisionLine(
            kind=SIGNS[each.kind].word,
            text=each.text,
            by=names[each.owner],
            at=each.at,
            version=each.version,
            sign=SIGNS[each.kind],
        )
        for each in told
    )
