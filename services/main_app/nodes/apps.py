from django.apps import AppConfig


class NodesConfig(AppConfig):
    name = "services.main_app.nodes"
    label = "nodes"
