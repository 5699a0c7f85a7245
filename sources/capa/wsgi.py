"""What gunicorn serves: Capa."""

from django.core.wsgi import get_wsgi_application

from ops.service.env import select_settings

select_settings("capa")
application = get_wsgi_application()
