"""What persons contest in dossiers: every reader of a version that has it is told."""

from collections.abc import Iterable
from dataclasses import replace

from orchestrator.records.dossiers import Contested, DossierView
from portal.access.models import Contest


def marked(views: Iterable[DossierView]) -> list[DossierView]:
    """The dossiers, each with what is contested in its version; by one query. Once it is resolved, versions
    of before stay marked."""
    given = list(views)
    contests: dict[int, list[Contest]] = {}
    for contest in Contest.objects.filter(dossier_id__in=[view.id for view in given]).order_by("-pk"):
        contests.setdefault(contest.dossier_id, []).append(contest)
    return [replace(view, contested=tuple(_of(view, contests.get(view.id, ())))) for view in given]


def _of(view: DossierView, contests: Iterable[Contest]) -> Iterable[Contested]:
    version = view.version or 0
    for each in contests:
        if version >= each.first_version and (each.last_version is None or version <= each.last_version):
            yield Contested(what=each.what, since=each.since, resolved_at=each.resolved_at)
