"""Epsilon: a made-up fourth source. This file is all that it takes, besides its registry line."""

from orchestrator.records.sources import Column, Kind, Label, Section, Source

SOURCE = Source(
    name="epsilon",
    label=Label(pt="Epsilon (seguros)", en="Epsilon (insurance)"),
    required_keys=("id",),
    person=(Column(key="nickname", kind=Kind.TEXT, label=Label(pt="Apelido", en="Nickname")),),
    sections=(
        Section(
            key="policies",
            label=Label(pt="Apólices de seguro", en="Insurance policies"),
            total="premium",
            columns=(
                Column(key="insurer", kind=Kind.TEXT, label=Label(pt="Seguradora", en="Insurer")),
                Column(key="until", kind=Kind.DATE, label=Label(pt="Vigente até", en="Valid until")),
                Column(key="premium", kind=Kind.MONEY, label=Label(pt="Prêmio", en="Premium")),
            ),
        ),
    ),
)
