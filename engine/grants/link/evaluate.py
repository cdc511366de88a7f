"""Which central databases a principal reaches through a resource link, as Lake Formation evaluates it.

"Resource link handling in AWS Glue APIs": who reaches a database through a link needs IAM and Lake Formation
permissions on both; on the link the Lake Formation permission is DESCRIBE.
https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-glue-apis.html
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.plan import Grant, LinkPlan, LinkTarget, Plan


def describable_links(plan: Plan) -> Iterator[tuple[Grant, LinkPlan]]:
    """Each grant of DESCRIBE on a link that stands in the grant's account and region, with that link."""
    standing = {(link.account, link.region, link.name): link for link in plan.links}
    for grant in plan.grants:
        if isinstance(grant.target, LinkTarget) and "DESCRIBE" in grant.permissions:
            link = standing.get((grant.account, grant.region, grant.target.database))
            if link is not None:
                yield grant, link
