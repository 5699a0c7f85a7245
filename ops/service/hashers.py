"""How client secrets are hashed."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class ClientSecretHasher(PBKDF2PasswordHasher):
    """A salted hash in one round: a secret of 128 random characters needs no slowing down.

    For client secrets only. People's passwords use Django's own hashers.
    """

    algorithm = "client_secret_sha256"
    iterations = 1
