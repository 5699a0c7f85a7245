"""What is held of a person, what they asked of us, and what an erasure removed and left, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from orchestrator.records.dossiers import AskTold
from orchestrator.records.persons import Erased
from orchestrator.records.sources import Source
from portal.access.models import PersonRequest
from portal.access.persons import PersonReport
from portal.presenting import record_page, words
from portal.presenting.dossiers import decision_lines, dossier_page
from portal.presenting.runs.run_details import owner_names
from portal.presenting.words import Words

REMOVED: dict[str, Words] = {
    "versions": _("versões, o conteúdo delas"),
    "decisions": _("decisões e notas, o texto delas"),
    "builds": _("consultas em andamento, encerradas"),
    "payloads": _("respostas de consultas em andamento"),
    "chunks": _("partes de consultas em lote que tinham o CPF"),
    "copies": _("cópias recentes de respostas"),
    "file_names": _("nomes de arquivos de listas em que a pessoa estava"),
    "requests": _("pedidos de consulta"),
    "version_hashes": _("resumos criptográficos das versões"),
    "decision_dates": _("datas e autores de decisões e notas"),
    "access_records": _("registros de acesso"),
    "tombstone": _("a marca de que houve a eliminação, sem o CPF"),
    "backups": _("cópias de segurança, que só se restauram com a eliminação refeita"),
}


@dataclass(frozen=True, kw_only=True)
class RequestLine:
    """What a person asked of us, written out. `contested` is what they contest, `marked` since it is."""

    id: int
    kind: str
    can_contest: bool
    dossier_id: int | None
    received_on: date
    due_on: date
    note: str
    contested: str
    done_at: datetime | None
    answer: str


def requests(register: Iterable[PersonRequest]) -> list[RequestLine]:
    """A line for each."""
    lines = []
    for each in register:
        contest = getattr(each, "contest", None)
        lines.append(
            RequestLine(
                id=each.pk,
                kind=str(each.get_kind_display()),
                can_contest=each.kind == PersonRequest.Kind.CONTEST and contest is None,
                dossier_id=each.dossier_id,
                received_on=each.received_on,
                due_on=each.due_on,
                note=each.note,
                contested=contest.what if contest else "",
                done_at=each.done_at,
                answer=each.answer,
            )
        )
    return lines


def report(told: PersonReport, sources: Iterable[Source]) -> dict[str, Any]:
    """What the page of a person's report shows."""
    sources, latest = tuple(sources), told.latest
    names = owner_names({*(ask.owner for ask in told.asks), *(look.actor for look in told.looks)})
    return {
        "report": told,
        "dossier": latest,
        "person": dossier_page.person(latest, sources) if latest else {},
        "standings": dossier_page.standings(latest, sources).values() if latest else (),
        "tables": dossier_page.tables(latest, sources, whole=True) if latest else (),
        "asks": list(_asks(told.asks, names)),
        "looks": record_page.lines(told.looks, names),
        "decisions": decision_lines.lines(told.decisions),
        "requests": requests(told.requests),
        "erased": erased(told.erased) if told.erased else None,
    }


def _asks(asks: Iterable[AskTold], names: Mapping[str, str]) -> Iterable[dict[str, object]]:
    for ask in asks:
        yield {
            "at": ask.at,
            "who": names.get(ask.owner, ask.owner),
            "purpose": words.PURPOSES.get(ask.purpose, ask.purpose),
            "run_id": ask.run_id,
        }


def erased(told: Erased) -> dict[str, object]:
    """An erasure: what it removed, and what stands, until when and why."""
    return {
        "dossier_id": told.dossier_id,
        "at": told.erased_at,
        "reason": told.reason,
        "finished": told.finished,
        "removed": [(REMOVED.get(kind, kind), number) for kind, number in told.removed.items()],
        "stands": [(REMOVED.get(each.kind, each.kind), each) for each in told.stands],
    }
