"""A chord for each CPF: asks for so many people who have no dossier yet, and waits for all of them.

Runs in a stack's environment (`STACK_DIR`, `SERVICE=portal`), and prints CPFs a second.
"""

import sys
import time

from ops.service.env import select_settings

select_settings()

import django  # noqa: E402

django.setup()

from fixtures import generator  # noqa: E402
from orchestrator import dossiers  # noqa: E402
from orchestrator.models import Build  # noqa: E402
from tests.stack import eventually  # noqa: E402

LONGEST_SECONDS = 300
SEED = 1  # the stack's own customers, who are known to the sources


def main(number: int) -> float:
    """Asks past the kept copies, so that every source is called."""
    people = [customer.cpf for customer in generator.customers(number, SEED)]
    began = time.perf_counter()
    for cpf in people:
        dossiers.request(cpf=cpf, purpose="account_review", owner="bench", fresh=True)
    eventually(lambda: not Build.objects.filter(finished_at=None).exists(), seconds=LONGEST_SECONDS)
    return number / (time.perf_counter() - began)


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
