"""What gunicorn serves: Beta."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["SERVICE"] = "beta"
os.environ["DJANGO_SETTINGS_MODULE"] = "sources.beta.settings"

application = get_wsgi_application()
