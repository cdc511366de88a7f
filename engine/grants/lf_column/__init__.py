"""Grants on named columns, for agreements on some tables of a product."""
