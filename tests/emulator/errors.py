"""How the emulator says no.

Exception
├── ServiceException (moto)
│   └── AwsError         AWS would answer so
│       └── AccessDenied
└── Refused              nobody knows what AWS would answer
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class AwsError(ServiceException):
    """An error of AWS, with its code and text.

    `status` stands in for the HTTP status when the service's model does not name the code, as with the errors common
    to all services: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: object) -> None:
        super().__init__(code, message)
        self.status = status
        for name, value in members.items():
            setattr(self, name, value)


class AccessDenied(AwsError):
    """The caller may not. Its code is the protocol's: `AccessDenied` in XML, `AccessDeniedException` in JSON."""

    def __init__(self, message: str, code: str = "AccessDenied") -> None:
        super().__init__(code, message, 403)


class Refused(Exception):
    """What no page of AWS says, so that the emulator will not guess it. A test run fails on it."""
