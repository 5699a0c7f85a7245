"""What gunicorn serves."""

from django.core.wsgi import get_wsgi_application

from ops.service.env import select_settings

select_settings("portal")
application = get_wsgi_application()
