"""The truth, in PostgreSQL.

No column holds a CPF or a payload in the clear: `sealing` is the way in and out.
"""

from orchestrator.models.decisions import VersionDecision
from orchestrator.models.dossiers import Dossier, Snapshot
from orchestrator.models.erasures import Erasure
from orchestrator.models.installation import Installation, KeyInUse, RetentionReport, Walk, Worker
from orchestrator.models.requests import Attempt, Build, DossierRequest, Fetch
from orchestrator.models.runs import Chunk, RejectedRow, Run, RunCounts

__all__ = [
    "Attempt",
    "Build",
    "Chunk",
    "Dossier",
    "DossierRequest",
    "Erasure",
    "Fetch",
    "Installation",
    "KeyInUse",
    "RejectedRow",
    "RetentionReport",
    "Run",
    "RunCounts",
    "Snapshot",
    "VersionDecision",
    "Walk",
    "Worker",
]
