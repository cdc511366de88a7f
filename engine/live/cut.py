"""The emergency cut: an agreement's access ended at the data within seconds, and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import AccountError
from engine.grants.cut import Act, Part, replacements, revocations
from engine.grants.lf_grants_live import Listed, list_grants
from engine.live.accounts import Accounts, reaching
from engine.model.plan import Plan
from engine.model.standing import Thing


@dataclass(frozen=True, slots=True)
class Cut:
    """What was revoked, what was left of it to other entitlements, and what was given them so that they lose nothing.

    `left` is what could not be given, with AWS's words: the next deploy gives it. `remains` is what could not be
    removed, and by which nothing is read any more.
    """

    revoked: tuple[Thing, ...]
    narrowed: tuple[Thing, ...]
    given: tuple[Thing, ...]
    left: tuple[tuple[Thing, str], ...]
    remains: tuple[tuple[Thing, str], ...]


def cut_part(accounts: Accounts, after: Plan, part: Part, progress: Callable[[str], None] = lambda _: None) -> Cut:
    """Ends what `after` does not hold any more. Raises AccountError, also when something still stands afterwards."""
    catalog, region = part.catalog, part.region
    lake = accounts.client("lakeformation", catalog, region)

    def listed() -> list[Listed]:
        return reaching(catalog, region, lambda: list(list_grants(lake, catalog)))

    def done(call: Callable[..., object], act: Act) -> str | None:
        """None when it is done, else why not: one that fails does not keep the others."""
        try:
            reaching(catalog, region, lambda: call(**act.request))
        except AccountError as error:
            return str(error)
        return None

    progress(f"reading the grants of the central catalog in {region}")
    before = listed()
    wanted = [(act, done(lake.grant_permissions, act)) for act in replacements(after, part, before)]
    acts = revocations(after, part, before)
    failed = []
    for number, act in enumerate(acts, start=1):
        progress(f"revoking {number} of {len(acts)}")
        failed += [said] if (said := done(lake.revoke_permissions, act)) else []
    if still := revocations(after, part, listed()):
        why = failed[0] if failed else "AWS took the revocations"
        raise AccountError(
            f"account {catalog}, {region}: {len(still)} of {len(acts)} grants still stand, the first is"
            f" {still[0].thing} ({why}); run the command again"
        )
    return Cut(
        revoked=tuple(act.thing for act in acts),
        narrowed=(),
        given=tuple(act.thing for act, said in wanted if said is None),
        left=tuple((act.thing, said) for act, said in wanted if said is not None),
        remains=(),
    )
