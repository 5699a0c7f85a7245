"""What an analyst fills in."""

import json
import re
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from orchestrator.errors import InvalidInput
from portal.access import dossiers
from portal.access.auditing import Wanted
from portal.access.desk.asking import Chosen
from portal.access.models import PersonRequest
from portal.presenting import desk_page, record_page, words
from portal.presenting.history import decision_lines, instants
from portal.presenting.run_details import owner_of

ANY = [("", _("qualquer"))]
_ELEVEN_DIGITS = re.compile(r"(?:\d[.\-\s]?){11}")
CHECK_DIGITS, TWO_SHEETS = "check_digits", "two_sheets"


def without_cpf(text: str) -> None:
    """Raises ValidationError for a text with eleven digits in a row, points and dashes aside."""
    if _ELEVEN_DIGITS.search(text):
        raise forms.ValidationError(_("Escreva sem o CPF."), code="cpf")


class PurposeForm(forms.Form):
    """Why a dossier is asked for; all that an update needs besides the dossier."""

    purpose = forms.ChoiceField(
        label=_("Finalidade"),
        choices=[("", _("Escolha a finalidade")), *words.PURPOSES.items()],
        error_messages={"required": words.INPUT_ERRORS["purpose", "unknown"]},
    )

    def refuse(self, error: InvalidInput) -> None:
        """Puts the orchestrator's refusal beside the field that it is about."""
        field = error.field if error.field in self.fields else None
        self.add_error(field, forms.ValidationError(words.refusal(error), code=error.code))


class CpfInput(forms.CharField):
    """A CPF in whatever form: the orchestrator judges it, in the same words as everywhere."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, error_messages={"required": words.CPF_ERRORS["empty"]}, **options)
        self.validators = []


class ListForm(PurposeForm):
    """A list of CPFs and a purpose. The orchestrator reads the list; `refuse` shows its verdict."""

    file = forms.FileField(
        label=_("Arquivo com a lista"),
        allow_empty_file=True,  # the list's reader says what is wrong with it
        help_text=_(
            "CSV ou Excel (.xlsx) com uma coluna cpf e até 100.000 linhas. As outras colunas não são lidas."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        error_messages={"required": _("Escolha um arquivo.")},
    )
    sheet = forms.CharField(
        label=_("Planilha"),
        help_text=_("O nome da aba que tem a lista."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    allow_invalid_check_digits = forms.BooleanField(
        label=_("Consultar também CPFs cujos dígitos verificadores não conferem"), required=False
    )
    field_order = ("file", "sheet", "purpose", "allow_invalid_check_digits")

    @property
    def offers_sheet(self) -> bool:
        """Whether the field for the worksheet's name is to be seen: most workbooks have one list."""
        return self.has_error("file", TWO_SHEETS) or bool(self.data.get("sheet"))


class AskForm(PurposeForm):
    """A CPF and a purpose. The orchestrator judges the CPF; `refuse` shows its verdict."""

    cpf = CpfInput(
        label=_("CPF"),
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "000.000.000-00",
                "autofocus": True,
            }
        ),
    )
    fresh = forms.BooleanField(label=_("Ignorar cópias recentes e consultar tudo agora"), required=False)
    allow_invalid_check_digits = forms.BooleanField(
        label=_("O CPF está certo assim; consultar mesmo com dígitos que não conferem"), required=False
    )
    field_order = ("cpf", "purpose", "fresh", "allow_invalid_check_digits")

    @property
    def refusals(self) -> str:
        """Why a text may be no CPF, in words by code, as JSON: cpf.js tells it while somebody types."""
        return json.dumps({code: str(sentence) for code, sentence in words.CPF_ERRORS.items()})

    @property
    def offers_check_digits(self) -> bool:
        """Whether the checkbox to go on with wrong check digits is to be seen."""
        return self.has_error("cpf", CHECK_DIGITS) or bool(self.data.get("allow_invalid_check_digits"))


class FindForm(forms.Form):
    """Somebody to be found again. The field has no name that a CPF would have: this is no ask."""

    q = forms.CharField(
        label=_("Procurar por CPF ou nome"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "data-key": "/", "enterkeyhint": "search"}
        ),
        error_messages={"required": _("Digite um CPF ou um nome.")},
    )

    @property
    def is_cpf(self) -> bool:
        """Whether a CPF is looked for: no name has a digit."""
        return any(sign.isdigit() for sign in self.cleaned_data["q"])


class AsksForm(forms.Form):
    """Which of the asks are to be seen: by GET, since none of it is about anybody."""

    state = forms.ChoiceField(
        label=_("Situação"), required=False, choices=lambda: [*ANY, *desk_page.STATES.items()]
    )
    purpose = forms.ChoiceField(
        label=_("Finalidade"), required=False, choices=lambda: [*ANY, *words.PURPOSES.items()]
    )
    since = forms.DateField(label=_("De"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("Até"), required=False, widget=forms.DateInput({"type": "date"}))

    def chosen(self, *, of_team: bool, page: int) -> Chosen:
        """What was filled in; what was not, or is not valid, does not matter."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return Chosen(of_team=of_team, page=page, **given)


def require_one_file(files: MultiValueDict[str, Any]) -> None:
    """Raises InvalidInput, field `file`, where more than one file is sent: only one would be read."""
    if sum(len(of_a_name) for _, of_a_name in files.lists()) > 1:
        raise InvalidInput("file", "two_files", "Only one file may be sent at a time.")


class RecordForm(forms.Form):
    """What an auditor looks for in the record of access; what is left empty does not matter."""

    person = CpfInput(label=_("CPF de quem é o dado"), required=False)
    actor = forms.CharField(
        label=_("Quem acessou"), required=False, help_text=_("Nome da conta ou client_id.")
    )
    dossier = forms.IntegerField(label=_("Dossiê nº"), required=False, min_value=1, max_value=2**63 - 1)
    action = forms.ChoiceField(
        label=_("Ação"), required=False, choices=lambda: [*ANY, *record_page.ACTIONS.items()]
    )
    outcome = forms.ChoiceField(
        label=_("Resultado"), required=False, choices=lambda: [*ANY, *record_page.OUTCOMES.items()]
    )
    around = forms.DateTimeField(
        label=_("Por volta de"),
        required=False,
        help_text=_("Até uma hora antes e uma hora depois."),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    since = forms.DateField(label=_("De"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("Até"), required=False, widget=forms.DateInput({"type": "date"}))

    def clean_person(self) -> tuple[bytes, ...]:
        """The keyed hashes of the CPF."""
        given = self.cleaned_data["person"]
        try:
            return dossiers.keyed_hashes(given) if given else ()
        except InvalidInput as error:
            raise forms.ValidationError(words.refusal(error), code=error.code) from None

    def clean_actor(self) -> str:
        """As the record names who acted."""
        return owner_of(self.cleaned_data["actor"])

    def wanted(self) -> Wanted:
        """What was filled in, checked before."""
        found = self.cleaned_data
        return Wanted(
            actor=found["actor"],
            people=found["person"],
            dossier_id=found["dossier"],
            action=found["action"],
            outcome=found["outcome"],
            around=found["around"],
            since=found["since"],
            until=found["until"],
        )


class PersonForm(forms.Form):
    """A person's CPF, and what is to be done for them."""

    ACTS: ClassVar = ("report", "json", "take_in", "correct", "erase")

    cpf = CpfInput(label=_("CPF da pessoa"))
    act = forms.ChoiceField(choices=[(act, act) for act in ACTS], widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Pedido"), choices=PersonRequest.Kind.choices, required=False)
    received_on = forms.DateField(
        label=_("Recebido em"),
        required=False,
        initial=localdate,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),  # as browsers want it
    )
    note = forms.CharField(
        label=_("Nota ou motivo, sem o CPF"), required=False, max_length=200, validators=[without_cpf]
    )
    sure = forms.BooleanField(label=_("Apagar de vez: não há volta"), required=False)

    def refuse(self, error: InvalidInput) -> None:
        """Puts the orchestrator's refusal beside the field that it is about."""
        field = {"cpf": "cpf", "reason": "note"}.get(error.field)
        self.add_error(field, forms.ValidationError(words.refusal(error), code=error.code))

    def clean(self) -> dict[str, Any]:
        """What is written down needs a kind and a day, and an erasure a reason and a tick."""
        found = super().clean() or self.cleaned_data
        act = found.get("act")
        if act == "take_in" and not found.get("kind"):
            self.add_error("kind", _("Escolha o que a pessoa pede."))
        if act == "erase" and not found.get("note"):
            self.add_error("note", _("Diga o motivo."))
        if act == "erase" and not found.get("sure"):
            self.add_error("sure", _("Marque que é para apagar de vez."))
        found["received_on"] = found.get("received_on") or localdate()
        return found


class DecisionForm(forms.Form):
    """What is decided by a version, in words. The orchestrator judges it; `refuse` shows its verdict."""

    kind = forms.ChoiceField(label=_("Decisão"), choices=lambda: list(decision_lines.CHOICES.items()))
    text = forms.CharField(
        label=_("Texto"),
        required=False,
        help_text=_("Até 4.000 caracteres. Fica como foi escrito: não se corrige nem se apaga."),
        widget=forms.Textarea({"rows": 4, "maxlength": 4000}),
    )

    def refuse(self, error: InvalidInput) -> None:
        """Puts the orchestrator's refusal beside the field that it is about."""
        self.add_error(error.field, forms.ValidationError(words.refusal(error), code=error.code))


class AsOfForm(forms.Form):
    """When a dossier is to be told as it stood."""

    as_of = forms.CharField(label=_("Como estava em"), widget=forms.DateInput({"type": "date"}))

    def clean_as_of(self) -> datetime:
        """The instant."""
        try:
            return instants.as_of(self.cleaned_data["as_of"])
        except InvalidInput as error:
            raise forms.ValidationError(error.message, code=error.code) from None


class ContestForm(forms.Form):
    """What a person contests, in words."""

    what = forms.CharField(max_length=200, validators=[without_cpf])


class AnswerForm(forms.Form):
    """What was answered to a person's request, in words."""

    answer = forms.CharField(max_length=500, validators=[without_cpf])
