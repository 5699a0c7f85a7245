"""Teams and who is in them. The record of access is in PostgreSQL's own hands: see `record`."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
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


class Following(models.Model):
    """That somebody follows a dossier, for their team: it stays open to them past the days of their ask."""

    owner = models.CharField(max_length=120)  # as who asked, to the orchestrator
    team = models.CharField(max_length=40, blank=True)
    dossier_id = models.BigIntegerField()
    from_version = models.PositiveIntegerField()  # on which they could see it when they began
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier_id", "team", "owner"], name="followed_once")]

    def __str__(self) -> str:
        return f"{self.owner} · {self.dossier_id}"


class FollowedRun(models.Model):
    """That somebody follows all dossiers of a list, for their team, as long as its details are kept."""

    owner = models.CharField(max_length=120)
    team = models.CharField(max_length=40, blank=True)
    run_id = models.BigIntegerField()
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run_id", "team", "owner"], name="run_followed_once")]
        indexes = [models.Index(fields=["team", "owner"], name="followed_runs_of_teams")]

    def __str__(self) -> str:
        return f"{self.owner} · {self.run_id}"


class PersonRequest(models.Model):
    """What a person asked of us about their own data, and by when the law wants it answered."""

    class Kind(models.TextChoices):
        """The rights that are served here, each with its days in `persons.DUE_DAYS`."""

        REPORT = "report", _("acesso aos dados (LGPD art. 18 e 19)")
        CONTEST = "contest", _("contestação (Lei 12.414 art. 5)")
        CORRECTION = "correction", _("correção (CDC art. 43 § 3)")
        ERASURE = "erasure", _("eliminação (LGPD art. 18, VI)")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    person = models.BinaryField()  # the keyed hash
    dossier_id = models.BigIntegerField(null=True)
    received_on = models.DateField()
    due_on = models.DateField()
    note = models.CharField(max_length=500, blank=True)  # never a CPF
    by = models.CharField(max_length=120)  # who took it in
    done_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)  # what was done, or why it was refused
    done_by = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_on"], condition=Q(done_at=None), name="open_person_requests")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Contest(models.Model):
    """A datum that the person contests: every version that has it is marked until it is resolved."""

    request = models.OneToOneField(PersonRequest, models.PROTECT, related_name="contest")
    dossier_id = models.BigIntegerField(db_index=True)
    what = models.CharField(max_length=200)  # in words, never with a CPF
    first_version = models.PositiveIntegerField()
    last_version = models.PositiveIntegerField(null=True)  # once it is resolved
    since = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.dossier_id}: {self.what}"


class Notice(models.Model):
    """What a reader of a dossier is to be told: that a datum in it is contested, or no longer is."""

    contest = models.ForeignKey(Contest, models.CASCADE, related_name="notices")
    owner = models.CharField(max_length=120)
    resolved = models.BooleanField()
    created_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contest", "owner", "resolved"], name="told_once")]

    def __str__(self) -> str:
        return f"{self.owner} · {self.contest}"
