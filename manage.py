#!/usr/bin/env python
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line

import evsite.celery  # noqa: F401  makes it the app that wake-ups are sent with

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evsite.settings")
    execute_from_command_line(sys.argv)
