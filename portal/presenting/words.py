"""What the orchestrator's codes are called on pages. Portuguese here; English in `locale/`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orchestrator.errors import Busy, InvalidInput
from orchestrator.records.requests import RequestStatus, Waiting
from orchestrator.records.runs import NoGoodRow, RejectedLine
from orchestrator.records.sources import Label
from portal.presenting import formats

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

CPF_ERRORS: dict[str, Words] = {
    "empty": _("Falta o CPF."),
    "length": _("O CPF precisa ter 11 dígitos, como 529.982.247-25."),
    "characters": _("Um CPF só tem dígitos, pontos e traço; aqui há outros caracteres."),
    "scientific": _(
        "Uma planilha arredondou este número e perdeu dígitos: formate a coluna como texto e cole de novo."
    ),
    "cnpj": _("Este é um CNPJ, número de empresa; um CPF tem 11 dígitos."),
    "minus": _("Há um sinal de menos antes dos dígitos: isto é um número, não um CPF."),
    "not_text": _("Isto é o erro de uma fórmula, uma data ou outro valor, não um CPF."),
    "repeated": _("Este CPF repete um só dígito; ele não existe."),
    "check_digits": _(
        "Os dígitos verificadores não conferem. Confira o CPF; se está certo, dá para consultá-lo assim."
    ),
}

INPUT_ERRORS: dict[tuple[str, str], Words] = {
    **{("cpf", code): sentence for code, sentence in CPF_ERRORS.items()},
    ("purpose", "unknown"): _("Escolha uma finalidade."),
    ("file", "empty"): _("O arquivo está vazio."),
    ("file", "html"): _(
        "Isto é uma página da web (HTML ou XML): abra-a em uma planilha e salve como .xlsx ou CSV."
    ),
    ("file", "pdf"): _(
        "Isto é um PDF, em que nada se distingue como célula: envie a planilha de que ele foi feito."
    ),
    ("file", "password"): _("A pasta de trabalho tem senha: salve como .xlsx sem senha, ou como CSV."),
    ("file", "old_workbook"): _("Isto é uma pasta de trabalho antiga (.xls): salve como .xlsx ou CSV."),
    ("file", "unreadable"): _("O arquivo não é texto (CSV) nem pasta de trabalho .xlsx, ou está danificado."),
    ("file", "too_large"): _(
        "O arquivo é grande demais, ou fica assim descompactado: deixe só a coluna cpf, ou divida a lista."
    ),
    ("file", "too_complex"): _(
        "Ler o arquivo exige tempo ou memória demais: deixe só a coluna cpf, ou salve como CSV."
    ),
    ("file", "no_header"): _(
        "A primeira linha precisa nomear as colunas, uma delas cpf; no lugar dela já há um CPF: %(found)s."
    ),
    ("file", "no_column"): _(
        "Nenhuma coluna se chama cpf. A primeira linha precisa nomear as colunas; ela tem %(names)s."
    ),
    ("file", "two_columns"): _("Mais de uma coluna pode ter os CPFs: %(names)s. Só uma pode se chamar cpf."),
    ("file", "two_sheets"): _(
        "Mais de uma planilha visível tem uma coluna cpf: %(names)s. Diga qual delas vale."
    ),
    ("file", "two_files"): _("Só um arquivo pode ser enviado de cada vez."),
    ("file", "no_rows"): _("Abaixo dos nomes das colunas não há nenhuma linha."),
    ("file", "too_many_rows"): _("A lista passa de 100.000 linhas: divida em mais de um arquivo."),
    ("file", "long_row"): _("A linha %(line)s é longa demais: uma linha tem no máximo 262.144 caracteres."),
    ("file", "no_good_row"): _(
        "Nenhuma linha tem um CPF que se possa consultar. Linha %(line)s, por exemplo: %(reason)s"
    ),
    ("format", "too_large"): _(
        "O PDF deste dossiê passa do tamanho que se pode montar: leve-o em XLSX, CSV ou JSON."
    ),
    ("sheet", "unknown"): _("Nenhuma planilha visível tem esse nome. Há %(names)s."),
    ("sheet", "no_sheets"): _("O arquivo é texto (CSV), que não tem planilhas: deixe o nome dela em branco."),
}

NOTHING_TO_RETRY: dict[str, Words] = {
    "answered": _("Todas as fontes já responderam: não há o que consultar de novo."),
    "nothing_failed": _("Não há o que consultar de novo desta consulta em lote."),
    "unfinished": _("A consulta em lote não terminou; o que falhou, ela mesma consulta de novo."),
}

ROW_ERRORS: dict[str, Words] = {
    **CPF_ERRORS,
    "no_result": _(
        "A célula tem uma fórmula sem resultado guardado: abra na planilha, salve e envie de novo."
    ),
    "duplicate": _("O mesmo CPF da linha %(line)s."),
    "quotes": _('As aspas (") desta linha não fecham.'),
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


def refusal(error: InvalidInput) -> str:
    """Why an input is refused: the one wording of pages, API and commands."""
    if isinstance(error, NoGoodRow):
        first = error.rejected[0]
        values = {"line": formats.number(first.line), "reason": row_refusal(first)}
    else:
        values = {
            key: formats.number(each) if isinstance(each, int) else each for key, each in error.values.items()
        }
    known = INPUT_ERRORS.get((error.field, error.code))
    return str(known) % values if known else error.message


def row_refusal(row: RejectedLine) -> str:
    """Why a row of a list is not built; the one wording of pages, API, commands and files."""
    known = ROW_ERRORS.get(row.code)
    return str(known) % {"line": formats.number(row.repeats or row.line)} if known else row.message


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
