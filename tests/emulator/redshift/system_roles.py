"""System permissions, which only roles hold, and the roles that every namespace begins with.

https://docs.aws.amazon.com/redshift/latest/dg/r_roles-system-privileges.html
https://docs.aws.amazon.com/redshift/latest/dg/r_roles-default.html
"""

from __future__ import annotations

OWNER = "rdsdb"
"""AWS's own user."""
PERMISSIONS = (
    "CREATE ROLE",
    "DROP ROLE",
    "CREATE USER",
    "DROP USER",
    "ALTER USER",
    "CREATE SCHEMA",
    "DROP SCHEMA",
    "ACCESS CATALOG",
    "ACCESS SYSTEM TABLE",
    "CREATE TABLE",
    "DROP TABLE",
    "ALTER TABLE",
    "CREATE OR REPLACE VIEW",
    "DROP VIEW",
    "CREATE DATASHARE",
    "ALTER DATASHARE",
    "DROP DATASHARE",
)
"""Those on functions, procedures, libraries, models, default privileges and maintenance are left out."""
_MONITOR = ("ACCESS CATALOG", "ACCESS SYSTEM TABLE")
_DBA = ("CREATE SCHEMA", "CREATE TABLE", "DROP SCHEMA", "DROP TABLE", "CREATE OR REPLACE VIEW", "DROP VIEW")
ROLES = {
    "sys:monitor": _MONITOR,
    "sys:operator": _MONITOR,
    "sys:dba": (*_DBA, *_MONITOR),
    "sys:superuser": PERMISSIONS,
    "sys:secadmin": ("CREATE USER", "ALTER USER", "DROP USER", "CREATE ROLE", "DROP ROLE"),
}
