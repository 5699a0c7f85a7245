"""Of several lists that somebody stands in, the last one says when and what for they were asked for."""

from datetime import timedelta

from orchestrator import dossiers
from orchestrator.clock import now
from orchestrator.models import Chunk, Dossier, Run
from tests.integration.runs.conftest import Hands, crowd, hands, night

__all__ = ["crowd", "hands"]


def list_with(dossier: Dossier, *, days_ago: int, version: int, purpose: str, owner: str) -> Run:
    made = Run.objects.create(
        kind=Run.Kind.LIST,
        purpose=purpose,
        owner=owner,
        team="blue",
        created_at=now() - timedelta(days=days_ago),
    )
    Chunk.objects.create(run=made, number=1, size=1, dossier_ids=[dossier.pk], versions=[version], saved="u")
    return made


def test_the_last_list_says_when_and_what_for_and_the_first_from_which_version(
    hands: Hands, crowd: list[str]
) -> None:
    night(hands)
    dossier = Dossier.objects.earliest("pk")
    list_with(dossier, days_ago=30, version=1, purpose="collection", owner="user:1")
    last = list_with(dossier, days_ago=2, version=2, purpose="credit_analysis", owner="user:2")
    subject = dossiers.subject(dossier.pk, owner="user:1", team="blue", within=timedelta(days=90))
    assert subject.asked is not None
    assert (subject.asked.from_version, subject.asked.at) == (1, last.created_at)
    assert (subject.asked.purpose, subject.asked.own) == ("credit_analysis", True)
