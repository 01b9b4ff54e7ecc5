from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "services.main_app.sources"
    label = "sources"
