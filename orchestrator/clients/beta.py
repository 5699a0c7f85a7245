"""Beta: what a customer owns and earns."""

from orchestrator.records.sources import Column, Kind, Label, Section, Source

_HOLDING = (
    Column(key="description", kind=Kind.TEXT, label=Label(pt="Descrição", en="Description")),
    Column(key="value", kind=Kind.MONEY, label=Label(pt="Valor", en="Value")),
)

SOURCE = Source(
    name="beta",
    label=Label(pt="Beta (bens e rendas)", en="Beta (assets and income)"),
    required_keys=("id", "_cls"),
    person=(
        Column(key="name", kind=Kind.TEXT, label=Label(pt="Nome", en="Name")),
        Column(key="address", kind=Kind.TEXT, label=Label(pt="Endereço", en="Address")),
        Column(key="date_birth", kind=Kind.DAY, label=Label(pt="Nascimento", en="Date of birth")),
    ),
    sections=(
        Section(
            key="patrimonies",
            label=Label(pt="Bens", en="Assets"),
            required_keys=("_cls",),
            total="value",
            columns=_HOLDING,
        ),
        Section(
            key="sources_income",
            label=Label(pt="Fontes de renda", en="Sources of income"),
            required_keys=("_cls",),
            total="value",
            columns=_HOLDING,
        ),
    ),
)
