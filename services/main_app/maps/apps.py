from django.apps import AppConfig


class MapsConfig(AppConfig):
    name = "services.main_app.maps"
    label = "maps"
