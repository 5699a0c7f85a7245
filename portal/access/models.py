"""Teams and who is in them. The record of access is in PostgreSQL's own hands: see `record`."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.access.roles import LABELS


class Team(models.Model):
    """People who work on the same dossiers."""

    name = models.CharField(_("nome"), max_length=80, unique=True)

    class Meta:
        verbose_name, verbose_name_plural = _("equipe"), _("equipes")
        permissions = [(str(may), label) for may, label in LABELS.items()]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """That somebody is in a team, or was; in one at a time. Who leaves it leaves its dossiers."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships", verbose_name=_("conta")
    )
    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships", verbose_name=_("equipe"))
    since = models.DateTimeField(_("desde"), default=timezone.now)
    until = models.DateTimeField(_("até"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("participação"), _("participações")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(until=None), name="one_team_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"
