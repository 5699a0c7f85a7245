"""One version of a dossier as a file: PDF for people, XLSX and CSV for spreadsheets, JSON for programs."""

from datetime import datetime

from django.http import HttpResponse
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import get_language

from portal.access import decisions, dossiers, taking
from portal.access.readers import Reader
from portal.access.taking import Taken
from portal.charts.drawing import charts
from portal.charts.history import Point, points
from portal.exports import dossier_sheets, files
from portal.exports.columns import ENGLISH
from portal.exports.dossier_document import Contents
from portal.exports.dossier_pdf import pdf
from portal.exports.workbook import as_book
from portal.figures import flags, reckoning, thresholds
from portal.figures.records import Figures, Flag
from portal.payloads import version_json
from portal.presenting.dossiers import decision_lines
from portal.presenting.runs.run_details import owner_names

FORMATS = {
    "pdf": "application/pdf",
    "xlsx": files.FORMATS["xlsx"],
    "csv": files.FORMATS["csv"],
    "json": "application/json",
}


def download(
    reader: Reader,
    dossier_id: int,
    number: int,
    file_format: str,
    *,
    language: str,
    at: datetime,
) -> HttpResponse:
    """A version that the reader may see, as an attachment in one of FORMATS and in that language.

    The same version, reader, purpose, language and instant (`at`, aware) give the same bytes; the PDF has
    what was decided by this version until then.
    Raises NotFound, PermissionDenied and Unreadable; of a PDF also Busy, and InvalidInput (field `format`)
    where it would be too large.
    """
    taken = taking.version(reader, dossier_id, number, file_format=file_format)
    with translation.override(language):
        if file_format == "json":
            content = version_json.body(taken.view, dossiers.sources())
        elif file_format == "pdf":
            content = pdf(_contents(taken, reader, at))
        else:
            content = _spreadsheet(taken, file_format, at)
    return HttpResponse(
        content,
        content_type=FORMATS[file_format],
        headers={"Content-Disposition": f'attachment; filename="{named(taken, file_format)}"'},
    )


def named(taken: Taken, file_format: str) -> str:
    """A file's name, which tells nothing of the person."""
    return f"dossier-{taken.view.id}-v{taken.view.version}.{file_format}"


def _contents(taken: Taken, reader: Reader, at: datetime) -> Contents:
    figures, raised = _reckoned(taken, at)
    decided = decisions.of_dossier(reader, taken.view.id)
    return Contents(
        view=taken.view,
        sources=dossiers.sources(),
        figures=figures,
        flags=raised,
        drawings=charts(figures, _history(taken, reader, figures, at)),
        decisions=decision_lines.lines(
            each for each in decided if each.version == taken.view.version and each.at <= at
        ),
        reader=owner_names([reader.owner])[reader.owner],
        purpose=taken.purpose,
        basis=taken.basis,
        at=at,
        attachment=version_json.body(taken.view, dossiers.sources()),
        attachment_name=named(taken, "json"),
    )


def _history(taken: Taken, reader: Reader, figures: Figures, at: datetime) -> tuple[Point, ...]:
    """What the chart across versions is drawn from: the versions before this one, as on its page, and it."""
    version, saved = taken.view.version, taken.view.created_at
    if version is None or saved is None:
        return ()
    earlier = dossiers.earlier(reader, taken.view.id, version)
    before = points(earlier, dossiers.sources(), thresholds=thresholds.current(), told_at=at)
    return (*before, Point(version=version, at=saved, figures=figures))


def _spreadsheet(taken: Taken, file_format: str, at: datetime) -> bytes:
    sheets = dossier_sheets.sheets(taken.view, dossiers.sources(), *_reckoned(taken, at), localdate(at))
    if file_format == "csv":
        rows = dossier_sheets.table(sheets)
        return b"".join(files.as_csv(rows, point=get_language() == ENGLISH))
    return b"".join(as_book((sheet.name, sheet.table()) for sheet in sheets))


def _reckoned(taken: Taken, at: datetime) -> tuple[Figures, tuple[Flag, ...]]:
    """As the page and the API tell them at that instant."""
    view, sources, limits = taken.view, dossiers.sources(), thresholds.current()
    figures = reckoning.reckon(view, sources, at=reckoning.instant(view, at), thresholds=limits, told_at=at)
    return figures, flags.raised(view, figures, sources, limits)
