from importlib import import_module

from django.apps import AppConfig


class InterventionsConfig(AppConfig):
    name = "interventions"

    def ready(self):
        import_module("interventions.receivers")
