"""Authored text becomes checked facts here: YAML with line marks, JSON Schemas, messages, files. Nothing is decided."""
