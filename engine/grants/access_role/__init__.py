"""Access roles: IAM roles of consumer accounts, whom they trust and what their identity allows."""
