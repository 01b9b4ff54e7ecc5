import json

from services.main_app.commands.export_frontend import openapi_json


def test_the_export_is_the_same_every_time():
    assert openapi_json() == openapi_json()


def test_the_description_of_the_api_is_sorted_and_has_every_address():
    described = json.loads(openapi_json())
    assert list(described) == sorted(described)
    paths = described["paths"]
    assert "/api/v1/maps/{map_id}/points" in paths
    assert set(paths["/api/v1/session"]) == {"get", "post", "delete"}
    assert len(paths) >= 24
