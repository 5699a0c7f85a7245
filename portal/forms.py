"""What an analyst fills in."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from orchestrator.errors import InvalidInput
from portal.presenting import words

CHECK_DIGITS, TWO_SHEETS = "check_digits", "two_sheets"


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
    def offers_check_digits(self) -> bool:
        """Whether the checkbox to go on with wrong check digits is to be seen."""
        return self.has_error("cpf", CHECK_DIGITS) or bool(self.data.get("allow_invalid_check_digits"))


def require_one_file(files: MultiValueDict[str, Any]) -> None:
    """Raises InvalidInput, field `file`, where more than one file is sent: only one would be read."""
    if sum(len(of_a_name) for _, of_a_name in files.lists()) > 1:
        raise InvalidInput("file", "two_files", "Only one file may be sent at a time.")
