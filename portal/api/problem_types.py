"""The types of problem that the portal's API has besides those of every service."""

from django.utils.translation import gettext_lazy as _

from ops.service.problems import ProblemType

TYPES = {
    "nothing_to_retry": ProblemType(
        409, _("Não há nada a consultar de novo."), _("Veja o estado: nada falhou, ou ainda não terminou.")
    ),
}
