"""What changed materially in what is followed, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.access.desk.following import FollowedChange, FollowedNews
from portal.presenting import formats
from portal.presenting.history import figure_changes


@dataclass(frozen=True, kw_only=True)
class NewsLine:
    """Who, from which version to which, when, and what changed: a sentence each. `name` may be empty."""

    dossier_id: int
    name: str
    cpf: str  # masked
    before: int
    after: int
    at: datetime
    changes: tuple[str, ...]


def lines(changes: Iterable[FollowedChange]) -> tuple[NewsLine, ...]:
    """A line for each."""
    return tuple(
        NewsLine(
            dossier_id=change.dossier.id,
            name=str(change.dossier.person.get("name") or ""),
            cpf=formats.masked_cpf(change.dossier.cpf),
            before=change.step.before,
            after=change.step.after,
            at=change.step.at,
            changes=figure_changes.material(change.changes),
        )
        for change in changes
    )


def summary(news: FollowedNews) -> str:
    """How many dossiers have changed, and of how many that is material: none of them is told as such."""
    changed, told = news.dossiers, {"n": formats.spoken(news.dossiers)}
    if not changed:
        return _("Nada mudou.")
    material = len({change.step.dossier_id for change in news.changes})
    if not material:
        return (
            ngettext(
                "%(n)s dossiê mudou, e não de forma material.",
                "%(n)s dossiês mudaram, nenhum de forma material.",
                changed,
            )
            % told
        )
    told["m"] = formats.spoken(material)
    return (
        ngettext(
            "%(n)s dossiê mudou, e de forma material.",
            "%(n)s dossiês mudaram, %(m)s de forma material.",
            changed,
        )
        % told
    )
