"""The configuration from which clients generate their types."""

from .http_client import User


def test_each_collection_is_described_for_generators(anyone: User) -> None:
    collections = anyone.server.request("GET", "/sync/config").ok()["collections"]
    sets = collections["workout_sets"]
    assert sets["parent"] == "session_id"
    assert ["exercise_id", "exercise_name"] in sets["groups"]
    assert sets["fields"]["position"] == {
        "type": "integer", "minimum": 0, "maximum": 1_000_000,
        "required": True, "default": None, "since": 1,
        "description": "Position within the workout",
    }  # fmt: skip
    assert collections["body_metrics"]["natural_key"] == {"parts": ["date"], "when": None}
    assert collections["food_logs"]["natural_key"]["when"] == "planned"
    assert collections["food_logs"]["fields"]["planned"]["default"] is False
    assert collections["body_metrics"]["day"] == "date"
    assert collections["foods"]["natural_key"] is None


def test_openapi_names_groups_and_natural_keys(anyone: User) -> None:
    document = anyone.server.request("GET", "/openapi.json").ok()
    bodies = [
        schema for schema in document["components"]["schemas"].values()
        if schema.get("x-natural-key") == {"parts": ["date"], "when": None}
    ]  # fmt: skip
    assert bodies
    assert any("x-register-group" in it for it in document["components"]["schemas"].values())
