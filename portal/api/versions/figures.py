"""Figures and flags of a dossier over the API."""

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orchestrator.records.dossiers import DossierView
from portal.access import dossiers
from portal.api.base import GONE, READ, REFUSED, UNKNOWN, DossierAPI, reader
from portal.api.versions.figure_serializers import FiguresSerializer
from portal.figures import flags, reckoning, thresholds
from portal.payloads import figures_json
from portal.payloads.dossier_json import Json

ANSWERS = {200: FiguresSerializer, **REFUSED, **UNKNOWN, **GONE}


class DossierFigures(DossierAPI):
    """What a dossier comes to at its latest version."""

    required_scopes = {"GET": READ}

    @extend_schema(operation_id="dossiers_figures", responses=ANSWERS)
    def get(self, request: Request, dossier_id: int) -> Response:
        """Figures with their formulas, what they stand on and leave out, and flags. No score, and no advice.

        Debts older than five years count in none but their number (`old_debts`).
        """
        return Response(_answer(dossiers.load(reader(request), dossier_id)))


class VersionFigures(DossierAPI):
    """What a dossier came to at a version."""

    required_scopes = {"GET": READ}

    @extend_schema(operation_id="dossiers_version_figures", responses=ANSWERS)
    def get(self, request: Request, dossier_id: int, number: int) -> Response:
        """Likewise of a version; of one that stands no more, with ages as they were when it was saved."""
        return Response(_answer(dossiers.load(reader(request), dossier_id, number)))


def _answer(view: DossierView) -> Json:
    moment, sources, limits = now(), dossiers.sources(), thresholds.current()
    at = reckoning.instant(view, moment)
    found = reckoning.reckon(view, sources, at=at, thresholds=limits, told_at=moment)
    return figures_json.figures(view, found, flags.raised(view, found, sources, limits))
