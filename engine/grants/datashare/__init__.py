"""Datashares: what one Amazon Redshift warehouse shares with another for one access role and product."""
