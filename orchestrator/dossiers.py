"""All that the portal and the command line may do with dossiers; the one door to this package."""

from uuid import UUID

from orchestrator.errors import InvalidInput, NotFound
from orchestrator.records import (
    Accepted,
    Block,
    Column,
    Diff,
    DossierView,
    FetchStatus,
    Kind,
    Label,
    Presence,
    Purpose,
    RequestStatus,
    Row,
    Section,
    Source,
    VersionSummary,
)

__all__ = [
    "Accepted",
    "Block",
    "Column",
    "Diff",
    "DossierView",
    "FetchStatus",
    "InvalidInput",
    "Kind",
    "Label",
    "NotFound",
    "Presence",
    "Purpose",
    "RequestStatus",
    "Row",
    "Section",
    "Source",
    "VersionSummary",
    "diff",
    "find",
    "load",
    "request",
    "sources",
    "status",
    "status_etag",
    "versions",
]


def request(
    *, cpf: str, purpose: str, owner: str, fresh: bool = False, allow_invalid_check_digits: bool = False
) -> Accepted:
    """Accepts an ask: writes it down, and only then sends the work, best effort.

    `cpf` may carry `.` and `-`. `owner` is opaque: `user:<id>` or `client:<id>`. `fresh`
    bypasses the cache. Joins the build that is under way for this CPF, if there is one.

    Raises InvalidInput: field `cpf` with code `length`, `repeated` or `check_digits` (the last
    can be asked for all the same), field `purpose` with code `unknown`.
    """
    raise NotImplementedError


def status(request_id: UUID) -> RequestStatus:
    """Where a request stands. Raises NotFound."""
    raise NotImplementedError


def status_etag(current: RequestStatus) -> str:
    """A strong ETag (quoted) that moves whenever what `status` answers moves."""
    raise NotImplementedError


def find(cpf: str) -> DossierView | None:
    """The latest version of the dossier of a CPF, or None where there is no dossier.

    Raises InvalidInput where it is not 11 digits; check digits do not matter here.
    """
    raise NotImplementedError


def load(dossier_id: int, version: int | None = None) -> DossierView:
    """A dossier at a version; the latest one unless told. Raises NotFound."""
    raise NotImplementedError


def versions(dossier_id: int) -> list[VersionSummary]:
    """The history, newest first. Raises NotFound."""
    raise NotImplementedError


def diff(dossier_id: int, from_version: int, to_version: int) -> Diff:
    """What changed between two versions. Raises NotFound."""
    raise NotImplementedError


def sources() -> tuple[Source, ...]:
    """The registered sources, in the order in which pages show them."""
    raise NotImplementedError
