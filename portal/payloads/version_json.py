"""A version as it is kept: what the API answers of it, without what moves."""

from collections.abc import Iterable

from ops.service.api.bodies import dumps
from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Source
from portal.payloads import dossier_json
from portal.payloads.dossier_json import Json

# Of the version that stands these move with every check; contests come and go, and later versions come.
MOVING = ("latest_version", "completeness", "checked_at", "contested")
MOVING_OF_BLOCKS = ("origin", "fetched_at", "attempts", "error_code")


def body(view: DossierView, sources: Iterable[Source]) -> bytes:
    """The JSON that is exported, and attached to a PDF: for one version always the same bytes."""
    return dumps(without_what_moves(dossier_json.dossier(view, sources)))


def without_what_moves(answered: Json) -> Json:
    """What the API answers of a version, without the keys MOVING, and MOVING_OF_BLOCKS in each block."""
    kept = {key: told for key, told in answered.items() if key not in MOVING}
    kept["blocks"] = {
        source: {key: told for key, told in block.items() if key not in MOVING_OF_BLOCKS}
        for source, block in answered["blocks"].items()
    }
    return kept
