"""The first page: what was asked for, and what of it needs somebody, laid out for reading."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestrator.records.sources import Source
from portal.access.desk.asking import CLOSED, ListedAsk
from portal.presenting import declarations, words
from portal.presenting.words import Sign, Words

STATES: dict[str, Words] = {  # by which asks are looked for
    "active": gettext_lazy("em andamento"),
    **{state: words.REQUEST_STATES[state].word for state in ("complete", "partial", "failed", "cancelled")},
}


@dataclass(frozen=True, kw_only=True)
class AskRow:
    """An ask in a list. `name` is empty where nobody is named, and `why` says why; `opens` is the dossier
    that there is to show, None while there is none; `failures` are sources by label, with what each met."""

    request_id: UUID
    name: Words
    cpf: str
    why: Words
    opens: int | None
    sign: Sign
    purpose: Words
    requested_at: datetime
    owner: str
    failures: tuple[tuple[str, Words], ...]
    can_retry: bool


def rows(
    lines: Iterable[ListedAsk], sources: Iterable[Source], owners: Mapping[str, str] | None = None
) -> tuple[AskRow, ...]:
    """A row for each line; `owners` tells who asked, where that is to be told."""
    labels = declarations.labels(sources)
    return tuple(_row(line, labels, owners or {}) for line in lines)


def _row(line: ListedAsk, labels: Mapping[str, str], owners: Mapping[str, str]) -> AskRow:
    ask, dossier = line.ask, line.dossier
    shows = dossier is not None and ask.finished and dossier.version is not None
    return AskRow(
        request_id=ask.request_id,
        name=(dossier.name or _("Sem nome")) if dossier else "",
        cpf=dossier.cpf if dossier else "",
        why=_why(line.why),
        opens=ask.dossier_id if shows else None,
        sign=words.REQUEST_STATES[ask.state],
        purpose=words.PURPOSES.get(ask.purpose, ask.purpose),
        requested_at=ask.requested_at,
        owner=owners.get(ask.owner, ""),
        failures=tuple(
            (labels.get(source, source), words.error(code)) for source, code in ask.failures.items()
        ),
        can_retry=ask.can_retry and dossier is not None,
    )


def _why(code: str) -> Words:
    if code == CLOSED:
        return _("pedida há tempo demais: o dossiê não está mais aberto a você")
    return words.error(code)
