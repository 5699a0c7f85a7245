"""What gunicorn serves: Capa."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["SERVICE"] = "capa"
os.environ["DJANGO_SETTINGS_MODULE"] = "sources.capa.settings"

application = get_wsgi_application()
