"""What a source answers about a person: items of the batch contract, in the sources' own shapes."""

from typing import Any

MARIA = "52998224725"
JOAO = "11144477735"
ANA = "39053344705"


def alpha(cpf: str, *, name: str = "Maria da Silva", debts: tuple[str, ...] = ("1000.00",)) -> dict[str, Any]:
    """Alpha's item, one debt a value."""
    return {
        "id": 1,
        "cpf": cpf,
        "name": name,
        "address": "Rua das Flores, 10",
        "debts": [
            {"id": number, "value": value, "date": "2024-07-07", "customer": 1}
            for number, value in enumerate(debts, start=1)
        ],
    }


def beta(
    cpf: str, *, name: str = "Maria da Silva", assets: tuple[str, ...] = ("45000.00",)
) -> dict[str, Any]:
    """Beta's item, one asset a value and one income."""
    return {
        "id": "5b44a7f588c87a08fc450d98",
        "cpf": cpf,
        "date_birth": "1985-03-02T00:00:00Z",
        "name": name,
        "address": "Av. Beta, 20",
        "patrimonies": [
            {"value": value, "description": "Carro", "_cls": "PatrimonyDocument"} for value in assets
        ],
        "sources_income": [{"value": "5000.00", "description": "Salário", "_cls": "SourceIncomeDocument"}],
        "_cls": "CustomerDocument",
    }


def capa(cpf: str, *, values: tuple[float, ...] = (99.9,)) -> dict[str, Any]:
    """Capa's item, one debit a value; the last one is also the last purchase."""
    rows = [
        {
            "id": f"5b3e4175c43bfd2b780afe{number:02x}",
            "description": "Mercado",
            "value": value,
            "date": "2026-10-05T11:48:00-03:00",
            "cpf": cpf,
            "type": "Debit",
            "PaymentType": "CreditCard",
        }
        for number, value in enumerate(values)
    ]
    last = {key: value for key, value in rows[-1].items() if key != "type"} if rows else None
    return {"cpf": cpf, "financial_transactions": rows, "last_purchase": last}


def answer_of(source: str, cpf: str) -> dict[str, Any]:
    """A source's usual item about anyone."""
    makers: dict[str, Any] = {"alpha": alpha, "beta": beta, "capa": capa}
    item: dict[str, Any] = makers[source](cpf)
    return item
