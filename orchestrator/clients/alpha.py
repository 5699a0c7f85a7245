"""Alpha: what a customer owes."""

from orchestrator.records.sources import Column, Kind, Label, Section, Source

SOURCE = Source(
    name="alpha",
    label=Label(pt="Alpha (dívidas)", en="Alpha (debts)"),
    required_keys=("id",),
    person=(
        Column(key="name", kind=Kind.TEXT, label=Label(pt="Nome", en="Name")),
        Column(key="address", kind=Kind.TEXT, label=Label(pt="Endereço", en="Address")),
    ),
    sections=(
        Section(
            key="debts",
            label=Label(pt="Dívidas", en="Debts"),
            required_keys=("customer",),
            total="value",
            negative=True,
            columns=(
                Column(key="id", kind=Kind.IDENTIFIER, label=Label(pt="Nº na origem", en="Source id")),
                Column(key="date", kind=Kind.DATE, label=Label(pt="Data", en="Date")),
                Column(key="value", kind=Kind.MONEY, label=Label(pt="Valor", en="Value")),
            ),
        ),
    ),
)
