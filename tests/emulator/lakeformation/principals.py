"""Who is granted to, and who a caller is to Lake Formation."""

from __future__ import annotations

import re

from tests.emulator.errors import AwsError, Refused
from tests.emulator.lakeformation.permissions import IAM_ALLOWED_PRINCIPALS

_IAM = re.compile(r"arn:aws:iam::(\d{12}):(?:role|user)/.+")
_ACCOUNT = re.compile(r"\d{12}")
_EVERYBODY = re.compile(r"(\d{12}):IAMPrincipals")


def account_of(principal: str, catalog: str) -> str:
    """The account that a principal belongs to.

    https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html#perm-command-format

    Raises:
        AwsError: not a principal at all.
        Refused: SAML, QuickSight, organizations, Identity Center.
    """
    if principal == IAM_ALLOWED_PRINCIPALS:
        return catalog
    for pattern in (_IAM, _EVERYBODY):
        if match := pattern.fullmatch(principal):
            return match[1]
    if _ACCOUNT.fullmatch(principal):
        return principal
    if principal.startswith("arn:"):
        raise Refused(f"Lake Formation grants to {principal}")
    raise AwsError("InvalidInputException", "Invalid principal")


def is_iam_principal(principal: str) -> bool:
    """An IAM user or role, as against an account or a group."""
    return _IAM.fullmatch(principal) is not None


def everybody_in(account: str) -> str:
    """The group ALLIAMPrincipals: whoever IAM of the account lets in."""
    return f"{account}:IAMPrincipals"
