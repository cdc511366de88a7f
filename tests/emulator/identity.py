"""Who calls: an IAM user or an assumed role, from the access key that signed the request.

Signatures are not verified; a session's token is.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from moto.iam.models import iam_backends

from tests.emulator.errors import AwsError

if TYPE_CHECKING:
    from tests.emulator.world import World

ANYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@dataclass(frozen=True, slots=True)
class Credentials:
    access_key: str
    secret: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """What AssumeRole gave out."""

    access_key: str
    secret: str
    token: str
    role_arn: str
    role_id: str
    name: str
    expires: datetime
    policies: tuple[Mapping[str, Any], ...] = ()
    """Session policies, inline and by ARN; what the session may is what the role may and what they, together, allow."""
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: frozenset[str] = frozenset()

    @property
    def account(self) -> str:
        return self.role_arn.split(":")[4]

    @property
    def arn(self) -> str:
        """`arn:aws:sts::account:assumed-role/role-name/session-name`: the role's path is not in it."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role_arn.rsplit('/', 1)[-1]}/{self.name}"


@dataclass(frozen=True, slots=True)
class Caller:
    kind: Literal["User", "AssumedRole"]
    access_key: str
    account: str
    arn: str
    """The user's, or the session's (`arn:aws:sts::…:assumed-role/role/session`)."""
    user_id: str
    principal_arn: str
    """`aws:PrincipalArn`: the user's ARN, or the role's, with its path."""
    principal_tags: Mapping[str, str] = field(default_factory=dict)
    session: Session | None = None

    @property
    def username(self) -> str:
        """What CloudTrail looks events up by: the user's name or the session's."""
        return self.arn.rsplit("/", 1)[-1]


def caller_of(world: World, access_key: str, token: str | None) -> Caller:
    """Raises AwsError: InvalidClientTokenId for a key nobody has or a wrong token, ExpiredToken after its time.

    https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
    """
    session = world.sessions.get(access_key)
    if session is not None:
        return _session_caller(world, session, token)
    for account, partitions in list(iam_backends.items()):
        for user in partitions["aws"].users.values():
            if any(key.access_key_id == access_key and key.status == "Active" for key in user.access_keys):
                return Caller("User", access_key, account, user.arn, user.id, user.arn, _user_tags(account, user.arn))
    raise unknown_key()


def unknown_key() -> AwsError:
    return AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)


def _session_caller(world: World, session: Session, token: str | None) -> Caller:
    if token != session.token:
        raise unknown_key()
    if world.now() >= session.expires:
        raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)
    role = iam_backends[session.account]["aws"].roles.get(session.role_id)
    of_role = {tag["Key"]: tag["Value"] for tag in role.tags} if role is not None else {}
    tags = {**of_role, **session.tags}
    return Caller(
        "AssumedRole",
        session.access_key,
        session.account,
        session.arn,
        f"{session.role_id}:{session.name}",
        session.role_arn,
        tags,
        session,
    )


def _user_tags(account: str, arn: str) -> dict[str, str]:
    return dict(iam_backends[account]["aws"].tagger.get_tag_dict_for_resource(arn))


def add_user(account: str, name: str, policy: str = ANYTHING) -> Credentials:
    """An IAM user with one inline policy, by default an administrator's, and an access key."""
    backend = iam_backends[account]["aws"]
    backend.create_user("us-east-1", name)
    backend.put_user_policy(name, "inline", policy)
    key = backend.create_access_key(name)
    return Credentials(key.access_key_id, key.secret_access_key)
