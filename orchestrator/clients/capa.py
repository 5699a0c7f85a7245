"""Capa: a customer's bank transactions and last purchase by credit card."""

from orchestrator.records.sources import Column, Kind, Label, Section, Source

_ID = Column(key="id", kind=Kind.IDENTIFIER, label=Label(pt="Nº na origem", en="Source id"))
_DATE = Column(key="date", kind=Kind.INSTANT, label=Label(pt="Data", en="Date"))
_DESCRIPTION = Column(key="description", kind=Kind.TEXT, label=Label(pt="Descrição", en="Description"))
_VALUE = Column(key="value", kind=Kind.MONEY, label=Label(pt="Valor", en="Value"))
_TYPE = Column(
    key="type_transaction",
    source_key="type",
    kind=Kind.TEXT,
    label=Label(pt="Tipo", en="Type"),
    choices={"Credit": Label(pt="Crédito", en="Credit"), "Debit": Label(pt="Débito", en="Debit")},
)
_PAYMENT_TYPE = Column(
    key="payment_type",
    source_key="PaymentType",
    kind=Kind.TEXT,
    label=Label(pt="Meio de pagamento", en="Means of payment"),
    choices={
        "CreditCard": Label(pt="Cartão de crédito", en="Credit card"),
        "DebitCard": Label(pt="Cartão de débito", en="Debit card"),
        "PaymentSlip": Label(pt="Boleto", en="Payment slip"),
        "Money": Label(pt="Dinheiro", en="Cash"),
    },
)

SOURCE = Source(
    name="capa",
    label=Label(pt="Capa (transações)", en="Capa (transactions)"),
    sections=(
        Section(
            key="financial_transactions",
            label=Label(pt="Transações financeiras", en="Financial transactions"),
            required_keys=("cpf",),
            total="value",
            columns=(_ID, _DATE, _DESCRIPTION, _TYPE, _PAYMENT_TYPE, _VALUE),
        ),
        Section(
            key="last_purchase",
            label=Label(pt="Última compra", en="Last purchase"),
            required_keys=("cpf",),
            single=True,
            columns=(_ID, _DATE, _DESCRIPTION, _PAYMENT_TYPE, _VALUE),
        ),
    ),
)
