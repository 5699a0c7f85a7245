"""What is said of a run beside its numbers: how the sources did, why it stands still, which night waits, when
it is likely to end."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ops.service.models import ApiClient
from orchestrator.records.runs import RunSource, RunStatus
from portal.presenting import formats, words
from portal.presenting.words import Words

_STEADY = 0.7  # of its rate so far at least, and the other way round
_SETTLED = timedelta(seconds=60)
_TO_THE_MINUTE = timedelta(minutes=30)  # what is farther away is told to five minutes


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """How a source did during a run; what is not known is empty. `warnings` are worth a badge each."""

    key: str
    label: str
    calls: int
    answered: int
    median: str
    errors: tuple[tuple[Words, int], ...]
    lacking: int
    listed: int | None
    warnings: tuple[str, ...]


def source_lines(status: RunStatus, labels: Mapping[str, str]) -> tuple[SourceLine, ...]:
    """A line a source, each under its label; none where their calls were not counted yet when the details
    were deleted."""
    if status.forgotten_at and not any(each.calls for each in status.sources):
        return ()
    return tuple(
        SourceLine(
            key=source.source,
            label=labels.get(source.source, source.source),
            calls=source.calls,
            answered=source.answered,
            median="" if source.median_seconds is None else formats.duration(source.median_seconds),
            errors=tuple((words.error(code), number) for code, number in source.errors.items()),
            lacking=source.lacking,
            listed=source.listed,
            warnings=tuple(_warnings(source, status.planning)),
        )
        for source in status.sources
    )


def _warnings(source: RunSource, planning: bool) -> Iterator[str]:
    if source.given_up:
        yield _("seguiu sem esta fonte")
    if source.list_error_code:
        if source.list_next_try_at:
            told = _("lista não lida: %(reason)s; tentativa %(try)s de %(most)s, a próxima às %(time)s")
        elif planning and source.list_tries < source.list_max_tries:
            told = _("lista não lida: %(reason)s; tentativa %(try)s de %(most)s")
        else:
            told = _("lista não lida até o fim: %(reason)s")
        yield told % {
            "reason": words.error(source.list_error_code),
            "try": source.list_tries,
            "most": source.list_max_tries,
            "time": formats.clock(source.list_next_try_at) if source.list_next_try_at else "",
        }


def of(status: RunStatus, labels: Mapping[str, str]) -> Iterator[str]:
    """On a run's page; `labels` names the sources."""
    if status.state == "paused":
        yield _paused(status, labels)
    if status.overtaken:
        yield _(
            "Ficou pausada por mais de um dia: a noturna seguinte a encerrou e renova todos em seu lugar."
        )
    if status.waiting_night is not None:
        waits = _("A noturna de %(day)s espera por esta consulta.")
        if status.state == "paused":
            waits = _(
                "A noturna de %(day)s espera por esta consulta; quando a pausa passar de um dia, "
                "ela começa no lugar desta."
            )
        yield waits % {"day": formats.day(status.waiting_night)}
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


def refused(status: RunStatus) -> str:
    """How many rows of a list were not taken: no state of the run says it. Empty without any."""
    number = status.rows.rejected if status.rows else 0
    if not number:
        return ""
    return ngettext("%(n)s linha recusada", "%(n)s linhas recusadas", number) % {"n": formats.number(number)}


def summary(status: RunStatus) -> str:
    """What an ended run has brought, in a sentence, where it did not bring all: how many are whole, partly
    there, and not at all."""
    told = status.totals
    if not status.finished or not (told.lacking or told.cancelled):
        return ""
    parts = [_("%(n)s de %(total)s com todas as fontes") % _counted(told.done - told.lacking, status.total)]
    if told.partial:
        parts.append(_("%(n)s salvos em parte, sem alguma fonte") % _counted(told.partial))
    if told.failed:
        parts.append(_("%(n)s sem resposta nenhuma, nada salvo") % _counted(told.failed))
    if told.cancelled:
        parts.append(_("%(n)s nem consultados") % _counted(told.cancelled))
    return "; ".join(parts) + "."


def _counted(number: int, total: int = 0) -> dict[str, str]:
    return {"n": formats.number(number), "total": formats.number(total)}


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


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """When a run is likely to end, in words, and what that stands on."""

    ends: str
    sure: str


def forecast(status: RunStatus, at: datetime | None = None) -> Forecast | None:
    """The forecast of a run that goes on; None where nothing is known of its rate."""
    if status.seconds_left is None or status.finished:
        return None
    at = at or now()
    return Forecast(ends=_ends(at, timedelta(seconds=status.seconds_left)), sure=_sure(status, at))


def renewal_time(last: RunStatus | None, people: int) -> str:
    """How long it would take to renew so many people, by how long the last time took; empty where nobody was
    renewed yet."""
    if last is None or last.finished_at is None or not last.totals.done:
        return ""
    seconds = (last.finished_at - last.created_at).total_seconds() * people / last.totals.done
    return formats.long_duration(max(seconds, 1))


def _ends(at: datetime, left: timedelta) -> str:
    step = 60 if left < _TO_THE_MINUTE else 300
    moment = localtime(datetime.fromtimestamp(math.ceil((at + left).timestamp() / step) * step, at.tzinfo))
    if moment.date() == localtime(at).date():
        return _("por volta das %(time)s") % {"time": f"{moment:%H:%M}"}
    return _("por volta de %(time)s") % {"time": formats.instant(moment)}


def _sure(status: RunStatus, at: datetime) -> str:
    if status.planning:
        return _("ainda listando: pode ser bem mais tarde")
    if status.waiting_again:
        return ngettext(
            "sem contar %(n)s CPF que será consultado de novo",
            "sem contar %(n)s CPFs que serão consultados de novo",
            status.waiting_again,
        ) % {"n": formats.number(status.waiting_again)}
    worked = at - status.created_at
    if worked < _SETTLED or not status.per_second:
        return _("primeira estimativa: o ritmo ainda se forma")
    ratio = status.per_second / (max(status.totals.done, 1) / worked.total_seconds())
    if _STEADY <= ratio <= 1 / _STEADY:
        return _("ritmo estável")
    return _("o ritmo varia: pode mudar")


def owner_of(name: str) -> str:
    """The owner that goes by that name; one that nobody has is given as it is."""
    if user := User.objects.filter(username=name).first():
        return f"user:{user.pk}"
    client = ApiClient.objects.filter(client_id=name).first()
    return f"client:{client.client_id}" if client else name


def owner_names(owners: Iterable[str]) -> dict[str, str]:
    """Who asked: by owner, as the orchestrator keeps it, a name; one that is gone goes by what is kept."""
    told = set(owners)
    users = [owner.removeprefix("user:") for owner in told if owner.startswith("user:")]
    clients = [owner.removeprefix("client:") for owner in told if owner.startswith("client:")]
    found = {"clock": _("o relógio"), "terminal": _("terminal"), "sso": _("login único")}
    for user in User.objects.filter(pk__in=[key for key in users if key.isascii() and key.isdigit()]):
        found[f"user:{user.pk}"] = user.get_username()
    for client in ApiClient.objects.filter(client_id__in=clients):
        found[f"client:{client.client_id}"] = client.name
    return {owner: found.get(owner, owner) for owner in told}
