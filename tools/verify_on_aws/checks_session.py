"""What STS does with session policies, as far as no page says it."""

from __future__ import annotations

from botocore.exceptions import ClientError

from verify_on_aws.points import Found, point
from verify_on_aws.run import Run, allow, document
from verify_on_aws.sides import VerifyError

CHARACTERS = 2048
"""Of inline session policies: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
_TOO_LARGE = ("PackedPolicyTooLarge", "PackedPolicyTooLargeException", "ValidationError")


@point(
    "session-policy-documents",
    "session",
    title="The documents of managed session policies, passed by ARN, and the 2,048 characters of session policies",
    expected="they do not count: two of them with more than 2,048 characters each are taken",
    makes="an IAM role and two managed policies of the consumer's",
)
def session_policy_documents(run: Run) -> Found:
    run.make_role(allow(["s3:GetObject"], "*"))
    iam = run.consumer.client("iam")
    buckets = [f"arn:aws:s3:::{run.name}-{number:04}/*" for number in range(CHARACTERS // 30)]
    text = document(allow(["s3:GetObject"], *buckets))
    assert len(text) > CHARACTERS
    arns = [
        iam.create_policy(PolicyName=f"{run.name}-{number}", PolicyDocument=text)["Policy"]["Arn"] for number in (1, 2)
    ]
    run.patient(run.assume)
    sts = run.consumer.client("sts")
    asked = {"RoleArn": run.role_arn, "RoleSessionName": run.name, "PolicyArns": [{"arn": arn} for arn in arns]}
    try:
        answer = sts.assume_role(**asked)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _TOO_LARGE:
            raise VerifyError(f"the session is refused for another reason: {error}") from error
        return Found(f"they count: {error}", False)
    packed = answer.get("PackedPolicySize")
    share = f", {packed} % of the packed size" if packed is not None else ""
    return Found(f"two of {len(text):,} characters each are taken{share}", True)
