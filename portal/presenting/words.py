"""What the orchestrator's codes are called on pages. Portuguese here; English in `locale/`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orchestrator.errors import Busy
from orchestrator.records.requests import RequestStatus, Waiting
from orchestrator.records.sources import Label

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Words = StrOrPromise
else:
    Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Sign:
    """A state by word, icon and tone: never by colour alone."""

    word: Words
    icon: str
    tone: str  # good, calm, busy, warn, bad


PINNED = Sign(word=_("fixada"), icon="pin", tone="calm")

PURPOSES: dict[str, Words] = {
    "credit_analysis": _("Análise de crédito"),
    "collection": _("Cobrança"),
    "fraud_prevention": _("Prevenção a fraudes"),
    "account_review": _("Revisão de conta"),
    "data_subject_request": _("Pedido do titular dos dados"),
}

FETCH_STATES = {
    "pending": Sign(word=_("na fila"), icon="clock", tone="calm"),
    "fetching": Sign(word=_("consultando"), icon="busy", tone="busy"),
    "waiting_retry": Sign(word=_("aguardando nova tentativa"), icon="retry", tone="warn"),
    "ok": Sign(word=_("pronta"), icon="ok", tone="good"),
    "not_found": Sign(word=_("pessoa não encontrada"), icon="none", tone="good"),
    "stale": Sign(word=_("não respondeu; vale o último dado"), icon="old", tone="warn"),
    "failed": Sign(word=_("falhou"), icon="bad", tone="bad"),
}

BROKEN_OFF = Sign(word=_("interrompida"), icon="none", tone="calm")  # by a cancel

REQUEST_STATES = {
    "queued": Sign(word=_("na fila"), icon="clock", tone="calm"),
    "running": Sign(word=_("em andamento"), icon="busy", tone="busy"),
    "complete": Sign(word=_("completo"), icon="ok", tone="good"),
    "partial": Sign(word=_("parcial"), icon="old", tone="warn"),
    "failed": Sign(word=_("falhou"), icon="bad", tone="bad"),
    "cancelled": Sign(word=_("cancelado"), icon="none", tone="calm"),
}

OUTCOMES: dict[str, Words] = {
    "new_version": _("nova versão do dossiê"),
    "unchanged": _("nada mudou no dossiê"),
}

ORIGINS: dict[str, Words] = {
    "live": _("direto da fonte"),
    "cache": _("cópia recente"),
    "carried": _("último dado conhecido"),
}

NEVER_ASKED: Words = _("ainda não consultado")  # what a source was asked for only later

ANSWERED = Sign(word=_("respondeu"), icon="ok", tone="good")  # one attempt; the others say what failed

SOURCE_STATES = {
    "working": Sign(word=_("funcionando"), icon="ok", tone="good"),
    "unstable": Sign(word=_("instável"), icon="old", tone="warn"),
    "suspended": Sign(word=_("suspensa"), icon="stop", tone="bad"),
    "probing": Sign(word=_("em teste"), icon="retry", tone="warn"),
    "paused": Sign(word=_("pausada a pedido da fonte"), icon="pause", tone="warn"),
    "idle": Sign(word=_("sem dados"), icon="none", tone="calm"),
}

SOURCE_EXPLANATIONS: dict[str, Words] = {
    "unstable": _("Boa parte das consultas dos últimos minutos falhou."),
    "suspended": _(
        "Falhou muitas vezes: por alguns segundos não é consultada e vale o último dado; depois é testada."
    ),
    "probing": _("Estava suspensa; agora uma consulta de cada vez verifica se ela voltou a responder."),
    "paused": _("A própria fonte pediu para esperar; até lá ninguém a consulta."),
    "idle": _("Nenhuma consulta foi feita a ela neste período."),
}

CIRCUIT_NOTES: dict[str, Words] = {
    "closed": "",
    "open": "",
    "half_open": "",
    "off": _("A suspensão automática está desligada."),
    "unknown": _("Não dá para saber agora se ela está suspensa."),
}

ERRORS: dict[str, Words] = {
    "unreachable": _("sem conexão com a fonte"),
    "timeout": _("a fonte demorou demais"),
    "server_error": _("erro interno da fonte"),
    "limited": _("a fonte pediu para esperar"),
    "refused": _("a fonte recusou o pedido"),
    "credentials": _("a fonte não aceitou nossas credenciais"),
    "bad_answer": _("a fonte respondeu algo inválido"),
    "too_large": _("a resposta passou do tamanho permitido"),
    "circuit_open": _("fonte suspensa por falhas seguidas"),
    "deadline": _("o prazo do pedido acabou"),
    "poisoned": _("a consulta foi interrompida por segurança"),
    "unknown_key": _("falta nesta instalação a chave dos dados desta pessoa"),
    "unreadable": _("o que está guardado não pode mais ser lido"),
    "erased": _("os dados desta pessoa foram apagados"),
}

GONE: dict[str, Words] = {
    "erased": _("Os dados desta pessoa foram apagados."),
    "unreadable": _("O que está guardado deste dossiê não pode mais ser lido."),
    "forgotten": _("Os detalhes desta consulta em lote foram apagados com o tempo; os totais continuam."),
}

LACKS_KEY: Words = _(
    "Esta instalação está sem uma chave que os dados usam. Nada se perdeu; avise quem cuida do sistema."
)

NOTHING_TO_RETRY: dict[str, Words] = {
    "answered": _("Todas as fontes já responderam: não há o que consultar de novo."),
    "nothing_failed": _("Não há o que consultar de novo desta consulta em lote."),
    "unfinished": _("A consulta em lote não terminou; o que falhou, ela mesma consulta de novo."),
}

RUN_STATES = {
    "running": Sign(word=_("em andamento"), icon="busy", tone="busy"),
    "paused": Sign(word=_("pausada"), icon="pause", tone="warn"),
    "complete": Sign(word=_("concluída"), icon="ok", tone="good"),
    "partial": Sign(word=_("concluída com falhas"), icon="old", tone="warn"),
    "failed": Sign(word=_("falhou"), icon="bad", tone="bad"),
    "cancelled": Sign(word=_("cancelada"), icon="none", tone="calm"),
}

RUN_OUTCOMES = {
    "failed": Sign(word=_("falharam"), icon="bad", tone="bad"),
    "partial": Sign(word=_("parciais"), icon="old", tone="warn"),
    "new": Sign(word=_("novos"), icon="plus", tone="good"),
    "changed": Sign(word=_("mudaram"), icon="differ", tone="busy"),
    "unchanged": Sign(word=_("sem mudança"), icon="ok", tone="calm"),
    "skipped": Sign(word=_("já conferidos"), icon="ask", tone="calm"),
    "cancelled": Sign(word=_("cancelados"), icon="none", tone="calm"),
}

RUN_OUTCOME_EXPLANATIONS: dict[str, Words] = {
    "failed": _("nenhuma fonte respondeu, ou o dossiê não pôde ser lido; nada foi salvo"),
    "partial": _("salvos, mas falta ao menos uma fonte"),
    "new": _("primeira versão do dossiê"),
    "changed": _("nova versão do dossiê"),
    "unchanged": _("conferidos; nada mudou"),
    "skipped": _("outra consulta os conferiu enquanto isso"),
    "cancelled": _("a consulta foi cancelada antes de chegar a eles"),
}


def of(label: Label) -> str:
    """A declared label in the page's language."""
    return label.en if get_language() == "en" else label.pt


def error(code: str | None) -> Words:
    """An error code in words; an unknown one as it is."""
    return ERRORS.get(code or "", code or "")


def busy(refusal: Busy) -> str:
    """Why an ask is not taken now, and when to ask again."""
    if refusal.code == "documents":
        return gettext("Outros PDFs estão sendo montados agora. Tente de novo em %(n)d segundos.") % {
            "n": refusal.retry_after
        }
    return ngettext(
        "Há consultas demais na fila para aceitar outra agora. Tente de novo em %(n)d segundo.",
        "Há consultas demais na fila para aceitar outra agora. Tente de novo em %(n)d segundos.",
        refusal.retry_after,
    ) % {"n": refusal.retry_after}


def too_often(seconds: int) -> str:
    """Why nothing is answered to who asks so often, and when to come back."""
    return gettext("Foram pedidos demais em pouco tempo. Tente de novo em %(n)d s.") % {"n": seconds}


def waits(waiting: Waiting) -> str:
    """What a request waits for whose turn has not come."""
    if not waiting.ahead:
        return gettext("É a próxima da fila.")
    told = {"n": waiting.ahead, "seconds": waiting.expected_seconds}
    return (
        ngettext(
            "Na fila, atrás de %(n)d consulta; começa em cerca de %(seconds)d s.",
            "Na fila, atrás de %(n)d consultas; começa em cerca de %(seconds)d s.",
            waiting.ahead,
        )
        % told
    )


def retry(status: RequestStatus) -> Words:
    """What asking again for what failed in a request would do: only a partial one keeps what answered."""
    if status.state == "partial":
        return _("Consultar de novo só o que falhou")
    if status.state == "cancelled" and not status.fresh:
        return _("Retomar a consulta")  # what had answered comes from the kept copies
    return _("Consultar tudo de novo")
