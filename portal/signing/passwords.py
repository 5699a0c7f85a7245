"""Which passwords are refused because somebody knows them already."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

_LONGEST = 72  # what zxcvbn looks at; it takes longer the more it is given
_FEWEST = 3  # of 4: more than a hundred million guesses


class BreachedPasswordValidator:
    """Refuses what is in zxcvbn's lists of breached passwords, names and words, or is made of little else."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raises ValidationError with the code `password_breached`."""
        about = [str(value) for name in ("username", "email") if (value := getattr(user, name, ""))]
        if zxcvbn(password[:_LONGEST], user_inputs=about)["score"] < _FEWEST:
            raise ValidationError(
                _("Esta senha está em listas de senhas vazadas, ou é feita delas. Escolha outra."),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        """What a form says beforehand."""
        return _("A senha não pode estar em listas de senhas vazadas, nem ser feita delas.")
