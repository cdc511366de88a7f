"""What Meshwarden takes for granted of AWS and no page says, tried in two accounts: see docs/not-verified.md.

| file | what it holds |
|---|---|
| `points.py` | a point: what is expected, what it needs, what its check makes |
| `sides.py` | the two accounts, their warehouses, SQL in them |
| `sharing.py` | a datashare from one account to the other, as the reconcilers make it |
| `checks_*.py` | the checks, a family a file |
| `sweep.py` | finds by name what a check made, and removes it |
| `main.py` | the command |
"""
