from django.apps import AppConfig


class AnalysesConfig(AppConfig):
    name = "services.main_app.analyses"
    label = "analyses"
