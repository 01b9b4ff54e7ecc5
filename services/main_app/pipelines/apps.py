from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    name = "services.main_app.pipelines"
    label = "pipelines"
