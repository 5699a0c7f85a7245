"""What an analyst fills in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orchestrator.dossiers import InvalidInput
from portal import words

CHECK_DIGITS = "check_digits"


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


class ListForm(PurposeForm):
    """A list of CPFs and a purpose. The orchestrator reads the list; `refuse` shows its verdict."""

    file = forms.FileField(
        label=_("Arquivo com a lista"),
        help_text=_(
            "CSV ou Excel (.xlsx) com uma coluna cpf e até 100.000 linhas. As outras colunas não são lidas."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        error_messages={
            "required": _("Escolha um arquivo."),
            "empty": words.INPUT_ERRORS["file", "empty"],
        },
    )
    allow_invalid_check_digits = forms.BooleanField(
        label=_("Consultar também CPFs cujos dígitos verificadores não conferem"), required=False
    )
    field_order = ("file", "purpose", "allow_invalid_check_digits")


class AskForm(PurposeForm):
    """A CPF and a purpose. The orchestrator judges the CPF; `refuse` shows its verdict."""

    cpf = forms.CharField(
        label=_("CPF"),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "000.000.000-00",
                "autofocus": True,
            }
        ),
        error_messages={
            "required": _("Digite o CPF."),
            "max_length": words.INPUT_ERRORS["cpf", "length"],
        },
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

    def clean_cpf(self) -> Any:
        """The CPF as typed, without blanks inside: people paste what other systems print."""
        return without_blanks(self.cleaned_data["cpf"])


def without_blanks(text: str) -> str:
    """A text without the blanks in it."""
    return "".join(text.split())
