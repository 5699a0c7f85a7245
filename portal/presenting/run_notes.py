"""What is said of a run beside its numbers: why it stands still, and which night waits for it."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestrator.records.runs import RunStatus
from portal.presenting import formats


def of(status: RunStatus, labels: Mapping[str, str]) -> Iterator[str]:
    """On a run's page; `labels` names the sources."""
    if status.state == "paused":
        yield _paused(status, labels)
    yield from _held_up(status)
    if status.erased:
        yield ngettext(
            "%(n)s pessoa ficou de fora: seus dados foram apagados.",
            "%(n)s pessoas ficaram de fora: seus dados foram apagados.",
            status.erased,
        ) % {"n": formats.number(status.erased)}
    if status.forgotten_at:
        yield _("Os detalhes foram apagados com o tempo; ficam os totais.")
    if status.waiting_again and not status.finished:
        yield ngettext(
            "%(n)s CPF que falhou será consultado de novo antes do fim.",
            "%(n)s CPFs que falharam serão consultados de novo antes do fim.",
            status.waiting_again,
        ) % {"n": formats.number(status.waiting_again)}


def _held_up(status: RunStatus) -> Iterator[str]:
    """The night that waits for this run, or that ended it."""
    if status.overtaken:
        yield _(
            "Ficou pausada por mais de um dia: a noturna seguinte a encerrou e renova todos em seu lugar."
        )
    if status.waiting_night is None:
        return
    day = formats.day(status.waiting_night)
    if status.state != "paused":
        yield _("A noturna de %(day)s espera por esta consulta.") % {"day": day}
    else:
        yield _(
            "A noturna de %(day)s espera por esta consulta; quando a pausa passar de um dia, "
            "ela começa no lugar desta."
        ) % {"day": day}


def standstill(status: RunStatus) -> Iterator[str]:
    """In the list: since when a run is paused, and the night that waits for it."""
    if status.paused_at is not None:
        yield _("desde %(time)s.") % {"time": formats.instant(status.paused_at)}
    if status.waiting_night is not None:
        yield _("A noturna de %(day)s espera.") % {"day": formats.day(status.waiting_night)}


def _paused(status: RunStatus, labels: Mapping[str, str]) -> str:
    if status.resume_at is None:
        since = formats.instant(status.paused_at) if status.paused_at else "—"
        return _(
            "Pausada a pedido desde %(time)s: o que estava em curso termina, e nada novo começa até "
            "alguém retomar."
        ) % {"time": since}
    time = formats.clock(status.resume_at)
    if not status.paused_for:
        return _("Pausada; retoma sozinha às %(time)s.") % {"time": time}
    causes = ", ".join(labels.get(name, name) for name in status.paused_for)
    return _("Pausada por causa de %(sources)s, que falhou muitas vezes; retoma sozinha às %(time)s.") % {
        "sources": causes,
        "time": time,
    }
