"""The provider's settings, its people, and its serving."""

import secrets
import socketserver
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIServer, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from tests.fakes.provider import CLIENT, PASSWORD, PEOPLE, SECRET

LOGIN = '<form method="post">{% csrf_token %}{{ form }}<button>Log in</button></form>'


def configure(folder: Path) -> None:
    """Cookies have names of their own: a browser keeps them by host, not by port."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    middleware = (
        "django.contrib.sessions.middleware.SessionMiddleware django.middleware.csrf.CsrfViewMiddleware"
    )
    settings.configure(
        SECRET_KEY=secrets.token_hex(32),
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="tests.fakes.provider.urls",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite3"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[*middleware.split(), "django.contrib.auth.middleware.AuthenticationMiddleware"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN})]
                },
            }
        ],
        SESSION_COOKIE_NAME="provider_session",
        CSRF_COOKIE_NAME="provider_csrf",
        LOGIN_URL="/login/",
        # Of passwords, and of the client's secret at each exchange: Django's own takes most of a second.
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.decode(),
            "SCOPES": {"openid": "who", "profile": "name", "email": "address"},
            "OAUTH2_VALIDATOR_CLASS": "tests.fakes.provider.urls.Validator",
            "PKCE_REQUIRED": True,
            "ALLOWED_REDIRECT_URI_SCHEMES": ["http"],
        },
    )


def fill(redirect_uri: str) -> None:
    """The tables, the people and the one client."""
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    call_command("migrate", interactive=False, verbosity=0)
    for name in PEOPLE:
        User.objects.create_user(name, password=PASSWORD)
    Application.objects.create(
        name="portal",
        client_id=CLIENT,
        client_secret=SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=redirect_uri,
        algorithm=Application.RS256_ALGORITHM,
        skip_authorization=True,
    )


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """Answers more than one at once."""

    daemon_threads = True


if __name__ == "__main__":
    configure(Path(sys.argv[1]))
    django.setup()
    fill(sys.argv[2])
    with make_server("127.0.0.1", 0, get_wsgi_application(), Server) as server:
        print(f"http://127.0.0.1:{server.server_port}/o", flush=True)
        server.serve_forever()
