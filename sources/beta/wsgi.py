"""What gunicorn serves: Beta."""

from django.core.wsgi import get_wsgi_application

from ops.service.env import select_settings

select_settings("beta")
application = get_wsgi_application()
