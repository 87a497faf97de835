#!/usr/bin/env python3
"""Django's commands. Those that change the schema enter the database as the one login that may."""

import os
import sys

from django.core.management import execute_from_command_line

LOGINS = {"migrate": "migrate", "prepare_database": "admin", "makemigrations": "migrate"}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("WINGWALK_LOGIN", LOGINS.get((sys.argv[1:] or [""])[0], "worker"))
    execute_from_command_line(sys.argv)
