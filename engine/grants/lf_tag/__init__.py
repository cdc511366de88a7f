"""LF-tags: the ontology, their assignment to central tables, and grants by tag expression."""
