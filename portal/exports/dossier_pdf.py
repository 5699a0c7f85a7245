"""A dossier as a PDF, from what `dossier_document` says to its bytes."""

import orjson

from portal.charts import svg
from portal.charts.records import Drawing
from portal.exports import dossier_document, typesetting
from portal.exports.dossier_document import Contents
from portal.exports.legible import Legible, unsure
from portal.payloads.dossier_json import Json

_LETTERS = "Libertinus Serif"  # of those that Typst brings along
_MEANT = "\n\t"  # by an SVG's markup


def pdf(told: Contents) -> bytes:
    """The PDF in the active language: PDF/A-3a and PDF/UA-1, the attachment in it. Raises as
    `typesetting.typeset`, for want of place and time, never for what somebody is called."""
    said = dossier_document.document(told)
    letters = "".join((orjson.dumps(said).decode(), *(each.svg for each in told.drawings)))
    lacking = typesetting.lacking(unsure(letters))
    try:
        return _set(told, said, Legible(lacking=lacking))
    except typesetting.NotSet:  # the fonts have these letters only apart, such as an i and three marks
        return _set(told, said, Legible(strict=True))


def _set(told: Contents, said: Json, legible: Legible) -> bytes:
    document = legible.told(said)
    document["replaced"] = dossier_document.replaced(legible.replaced)
    inputs = {
        "document": orjson.dumps(document).decode(),
        "drawings": orjson.dumps([_drawing(each, legible) for each in told.drawings]).decode(),
        "attachment": told.attachment.decode(),
    }
    return typesetting.typeset("dossier", inputs, at=told.at)


def _drawing(drawing: Drawing, legible: Legible) -> str:
    return legible.text(drawing.svg, keeping=_MEANT).replace(svg.FONT, _LETTERS)
