"""JSON Schemas of the sync routes, for the OpenAPI document."""
