from django.apps import AppConfig


class WingwalkConfig(AppConfig):
    name = "config"
    verbose_name = "Wingwalk"
