from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "services.main_app.jobs"
    label = "jobs"
