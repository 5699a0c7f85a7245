"""The types of problem that the portal's API has besides those of every service."""

from django.utils.translation import gettext_lazy as _

from ops.service.api.problems import ProblemType
from portal.presenting import words

TYPES = {
    "nothing_to_retry": ProblemType(
        409, _("Não há nada a consultar de novo."), _("Veja o estado: nada falhou, ou ainda não terminou.")
    ),
    "erased": ProblemType(410, _("Os dados desta pessoa foram apagados."), _("Tentar de novo não adianta.")),
    "unreadable": ProblemType(
        410,
        _("O que está guardado deste dossiê não pode mais ser lido."),
        _("Avise quem cuida do sistema."),
    ),
    "forgotten": ProblemType(
        410,
        _("Os detalhes desta consulta em lote foram apagados com o tempo; os totais continuam."),
        _("Os totais estão no estado da consulta; os dossiês, cada um em seu endereço."),
    ),
    "unknown_key": ProblemType(503, _("Falta uma chave"), words.LACKS_KEY),
}
