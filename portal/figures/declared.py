"""What each figure is called, what it counts, and by which formula; in the order in which they are told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from orchestrator.records.sources import Label
from portal.figures.grounds import Ground, why_unknown
from portal.figures.records import Figure, LeftOut, Level, Unit

Reckoned = Decimal | int | date | Level


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A figure's words, without its value."""

    label: Label
    formula: Label
    unit: Unit


def figure(
    key: str,
    grounds: Sequence[Ground],
    value: Reckoned | Label | None,
    left_out: Iterable[LeftOut] = (),
    *,
    against: Decimal | None = None,
) -> Figure:
    """A figure that was reckoned from these grounds. Where one of them is unknown, that says why the figure
    is; else a label in place of its value does. None only in the first case."""
    declared = DECLARED[key]
    why = why_unknown(grounds) or (value if isinstance(value, Label) else None)
    fetched = [ground.basis.fetched_at for ground in grounds if ground.basis.fetched_at]
    return Figure(
        key=key,
        label=declared.label,
        formula=declared.formula,
        unit=declared.unit,
        value=None if why or isinstance(value, Label) else value,
        basis=tuple(ground.basis for ground in grounds),
        as_of=min(fetched, default=None),
        left_out=() if why_unknown(grounds) else tuple(left_out),
        unknown=why,
        against=against,
    )


DECLARED: dict[str, Declared] = {
    "total_debt": Declared(
        label=Label(pt="Dívida total", en="Total debt"),
        unit=Unit.BRL,
        formula=Label(
            pt="Soma das dívidas com valor acima de zero e de até cinco anos; sem data, contam. "
            "Quem a fonte não conhece não deve nada a ela.",
            en="Sum of the debts above nought that are at most five years old; those without a date count. "
            "Whom the source does not know owes nothing there.",
        ),
    ),
    "oldest_debt": Declared(
        label=Label(pt="Dívida mais antiga", en="Oldest debt"),
        unit=Unit.DATE,
        formula=Label(
            pt="A primeira data entre as dívidas que contam na dívida total.",
            en="The earliest date of the debts that count in the total debt.",
        ),
    ),
    "old_debts": Declared(
        label=Label(pt="Dívidas de mais de cinco anos", en="Debts older than five years"),
        unit=Unit.COUNT,
        formula=Label(
            pt="Quantas dívidas têm data anterior ao mesmo dia de cinco anos antes "
            "(CDC, art. 43, § 1º); só o número é mostrado.",
            en="How many debts are dated before the same day five years earlier "
            "(Consumer Protection Code, art. 43, § 1); only their number is shown.",
        ),
    ),
    "assets": Declared(
        label=Label(pt="Bens", en="Assets"),
        unit=Unit.BRL,
        formula=Label(
            pt="Soma dos bens declarados, como a fonte os avalia; iguais contam cada um. "
            "De quem a fonte não conhece, nenhum.",
            en="Sum of the declared assets, as the source values them; those that are alike count each. "
            "Of whom the source does not know, none.",
        ),
    ),
    "net_worth": Declared(
        label=Label(pt="Patrimônio líquido", en="Net worth"),
        unit=Unit.BRL,
        formula=Label(pt="Bens − dívida total.", en="Assets − total debt."),
    ),
    "declared_income": Declared(
        label=Label(pt="Renda declarada", en="Declared income"),
        unit=Unit.BRL,
        formula=Label(
            pt="Soma das fontes de renda, tomadas como mensais: a fonte não diz o período. "
            "De quem a fonte não conhece, nenhuma.",
            en="Sum of the sources of income, taken as monthly: the source tells no period. "
            "Of whom the source does not know, none.",
        ),
    ),
    "observed_income": Declared(
        label=Label(pt="Renda observada", en="Observed income"),
        unit=Unit.BRL,
        formula=Label(
            pt="Mediana dos créditos dos meses inteiros, que são os entre o da primeira e o da última "
            "transação, pelo calendário de São Paulo; um mês sem transação é um mês de zero.",
            en="Median of the credits of whole months, which are those between the first and the last "
            "transaction's, by São Paulo's calendar; a month without a transaction is a month of nought.",
        ),
    ),
    "income_confidence": Declared(
        label=Label(pt="Confiança na renda observada", en="Confidence in the observed income"),
        unit=Unit.LEVEL,
        formula=Label(
            pt="Alta: seis meses inteiros ou mais e coeficiente de variação dos créditos (desvio padrão "
            "amostral ÷ média) abaixo de 0,3. Média: três ou mais e abaixo de 0,6. Senão, baixa.",
            en="High: six whole months or more and a coefficient of variation of credits (sample standard "
            "deviation ÷ mean) below 0.3. Medium: three or more and below 0.6. Else low.",
        ),
    ),
    "debt_in_months": Declared(
        label=Label(pt="Dívida em meses de renda", en="Debt in months of income"),
        unit=Unit.MONTHS,
        formula=Label(
            pt="Dívida total ÷ renda declarada; se nenhuma é declarada, ÷ renda observada. "
            "Não é comprometimento de renda: nenhuma fonte informa parcelas.",
            en="Total debt ÷ declared income; where none is declared, ÷ observed income. "
            "It is not a debt service ratio: no source tells instalments.",
        ),
    ),
    "income_margin": Declared(
        label=Label(pt="Renda menos débitos", en="Income less debits"),
        unit=Unit.BRL,
        formula=Label(
            pt="Renda observada − mediana dos débitos dos meses inteiros; a comparar com o mínimo "
            "existencial (Decreto 11.150/2022, alterado pelo 11.567/2023). Os débitos incluem os "
            "gastos do dia a dia.",
            en="Observed income − median of the debits of whole months; to be held against the mínimo "
            "existencial (Decree 11.150/2022, as changed by 11.567/2023). Debits include daily expenses.",
        ),
    ),
    "months_negative": Declared(
        label=Label(pt="Meses no vermelho", en="Months below nought"),
        unit=Unit.COUNT,
        formula=Label(
            pt="Quantos meses inteiros têm mais débitos do que créditos.",
            en="How many whole months have more debits than credits.",
        ),
    ),
    "longest_gap": Declared(
        label=Label(pt="Maior intervalo sem transação", en="Longest time without a transaction"),
        unit=Unit.DAYS,
        formula=Label(
            pt="Dias inteiros, pelo calendário de São Paulo, entre duas transações seguidas; "
            "o que vem depois da última não conta.",
            en="Whole days, by São Paulo's calendar, between one transaction and the next; "
            "what follows the last one does not count.",
        ),
    ),
    "top_credits_share": Declared(
        label=Label(pt="Parte dos três maiores créditos", en="Share of the three largest credits"),
        unit=Unit.SHARE,
        formula=Label(
            pt="Soma dos três maiores créditos ÷ soma de todos, de meses inteiros ou não.",
            en="Sum of the three largest credits ÷ sum of all, of whole months or not.",
        ),
    ),
}
