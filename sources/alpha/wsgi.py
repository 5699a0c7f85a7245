"""What gunicorn serves: Alpha."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["SERVICE"] = "alpha"
os.environ["DJANGO_SETTINGS_MODULE"] = "sources.alpha.settings"

application = get_wsgi_application()
