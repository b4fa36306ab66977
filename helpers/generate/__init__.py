"""Writes the types of the sandbox's API in the languages of the helpers, from its OpenAPI document."""
