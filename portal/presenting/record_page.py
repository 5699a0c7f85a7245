"""The record of access in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from portal.access.auditing import Anomaly, Line
from portal.presenting import words
from portal.presenting.words import Words

ACTIONS: dict[str, Words] = {
    "look": _("viu o dossiê"),
    "diff": _("comparou versões"),
    "headline": _("viu nome e CPF"),
    "find": _("procurou um CPF"),
    "export": _("levou dossiês em arquivo"),
    "ask": _("consultou"),
    "retry": _("consultou de novo o que falhou"),
    "cancel": _("cancelou uma consulta"),
    "follow": _("seguiu o dossiê, ou deixou de seguir"),
    "pin": _("fixou uma versão"),
    "unpin": _("desafixou uma versão"),
    "run_start": _("iniciou uma consulta em lote"),
    "run_pause": _("pausou uma consulta em lote"),
    "run_resume": _("retomou uma consulta em lote"),
    "run_cancel": _("cancelou uma consulta em lote"),
    "run_retry": _("repetiu o que falhou em lote"),
    "report": _("emitiu o relatório da pessoa"),
    "contest": _("marcou um dado contestado"),
    "erase": _("apagou os dados da pessoa"),
    "record_read": _("leu o registro de acessos"),
    "role_change": _("mudou papéis ou equipe"),
    "account_change": _("mudou uma conta ou um cliente"),
}
OUTCOMES: dict[str, Words] = {
    "shown": _("mostrado"),
    "done": _("feito"),
    "not_found": _("não encontrado"),
    "refused": _("recusado"),
}
BASES: dict[str, Words] = {
    "own": _("pedido próprio"),
    "team": _("pedido da equipe"),
    "all": _("acesso a todos"),
    "": "",
}
DETAILS: dict[str, Words] = {
    "made": _("criada"),
    "closed": _("encerrada"),
    "password": _("nova senha"),
    "begun": _("começou"),
    "resolved": _("resolvida"),
    "no longer": _("deixou de seguir"),
    "taken away": _("em arquivo"),
    "figures from": _("valores calculados, desta versão até a que foi vista"),
}
DAILY = ("outside_hours", "without_ask")  # the others are told by the hour
KINDS: dict[str, Words] = {
    "many_people": _("muitas pessoas em uma hora"),
    "outside_hours": _("fora do horário de trabalho"),
    "without_ask": _("sem pedido próprio"),
    "guesses": _("procuras por números que não são seus"),
}


@dataclass(frozen=True, kw_only=True)
class RecordLine:
    """A record, written out; what does not apply is empty. `person` is the beginning of the keyed hash."""

    at: datetime
    actor: str
    action: Words
    outcome: Words
    is_bad: bool
    basis: Words
    purpose: Words
    dossier_id: int | None
    version: int | None
    run_id: int | None
    person: str
    amount: int
    detail: str


def lines(told: Iterable[Line], names: Mapping[str, str]) -> list[RecordLine]:
    """A line for each record; `names` tells who acted, and on whose account."""
    return [
        RecordLine(
            at=line.at,
            actor=names.get(line.actor, line.actor),
            action=ACTIONS.get(line.action, line.action),
            outcome=OUTCOMES.get(line.outcome, line.outcome),
            is_bad=line.outcome in ("not_found", "refused"),
            basis=BASES.get(line.basis, line.basis),
            purpose=words.PURPOSES.get(line.purpose, line.purpose),
            dossier_id=line.dossier_id,
            version=line.version,
            run_id=line.run_id,
            person=line.person[:12],
            amount=line.amount,
            detail=_detail(line, names),
        )
        for line in told
    ]


def owners(told: Iterable[Line]) -> set[str]:
    """Whose names `lines` wants: who acted, and whose account or client was changed."""
    return {owner for line in told for owner in (line.actor, line.detail.partition(" ")[0]) if ":" in owner}


def _detail(line: Line, names: Mapping[str, str]) -> str:
    first, _space, rest = line.detail.partition(" ")
    if first == "request":
        return f"{_('consulta')} {rest[:8]}…"
    if first in names:
        team = rest.removeprefix("team ")
        told = DETAILS.get(rest, rest) if team == rest else f"{_('equipe')} {team}"
        return f"{names[first]}: {told}"
    return str(DETAILS.get(line.detail, line.detail))


@dataclass(frozen=True, kw_only=True)
class AnomalyLine:
    """What stands out, written out; of a whole day, or of the hour that began then."""

    kind: Words
    actor: str
    at: datetime
    is_daily: bool
    number: int


def anomalies(found: Iterable[Anomaly], names: Mapping[str, str]) -> list[AnomalyLine]:
    """A line for each."""
    return [
        AnomalyLine(
            kind=KINDS.get(each.kind, each.kind),
            actor=names.get(each.actor, each.actor),
            at=each.at,
            is_daily=each.kind in DAILY,
            number=each.number,
        )
        for each in found
    ]
