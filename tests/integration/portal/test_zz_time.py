from time import process_time
import os
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.fakes import people
from tests.fakes.people import MARIA
from tests.integration.portal.conftest import dossier_url

def many(n):
    item = people.capa(MARIA, values=(1.5,))
    base = item["financial_transactions"][0]
    item["financial_transactions"] = [
        {**base, "id": f"5b3e4175c43bfd2b78{i:06x}", "value": i % 977 + .37, "type": "Debit" if i % 3 else "Credit",
         "description": f"Loja {i % 300} São João",
         "date": f"20{22 + i*4//n}-{i % 10 + 1:02d}-{i % 28 + 1:02d}T11:48:00-03:00"} for i in range(n)]
    return item

@pytest.mark.parametrize("n", [60, 400, 5000])
def test_time(analyst, built, fake_sources, n):
    fake_sources["capa"].people[MARIA] = many(n)
    for v in range(14):
        fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=tuple(f"{v+k+1}.00" for k in range(3)))
        current = built()
    url = dossier_url(current)
    analyst.get(url)
    with CaptureQueriesContext(connection) as q:
        analyst.get(url)
    nq=len(q)
    took = []
    for _ in range(7 if n < 5000 else 3):
        t = process_time(); r = analyst.get(url); took.append(process_time() - t)
    import gzip
    print(f"\nTIME n={n} queries={nq} median={sorted(took)[len(took)//2]*1000:.0f}ms min={min(took)*1000:.0f} size={len(r.content)} gz={len(gzip.compress(r.content))}")
    if os.environ.get("PROF"):
        import cProfile
        p=cProfile.Profile(); p.enable(); analyst.get(url); p.disable()
        import pstats; pstats.Stats(p).sort_stats("cumtime").print_stats(45)
