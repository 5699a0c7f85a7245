#!/usr/bin/env python
"""Django's command line. SERVICE (alpha, beta, capa, portal) picks the settings."""

import sys

from django.core.management import execute_from_command_line

from ops.service.env import select_settings

if __name__ == "__main__":
    select_settings()
    execute_from_command_line(sys.argv)
