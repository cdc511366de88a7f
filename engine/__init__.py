"""The governance engine: declared facts and policies in, decisions, an access graph and a plan of grants out."""
