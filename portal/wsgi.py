"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from ops.service.env import select_settings

os.environ["SERVICE"] = "portal"
select_settings()
application = get_wsgi_application()
