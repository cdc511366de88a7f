"""The emergency cut in warehouses: first at the producer, by API and by its reconciler, then what consumers made of it.

The reconcilers are those that Terraform calls, asked as Terraform asks them: what they did, the next deploy finds done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

from engine.errors import AccountError
from engine.grants.datashare.cut import SharePart, unplanned
from engine.grants.datashare.invocations import Invocation, Share, called
from engine.grants.datashare.live import found_in, is_authorized, list_shares
from engine.grants.datashare.reconciler import function_name, share_arn
from engine.grants.datashare.things import told
from engine.live.accounts import Accounts, reaching
from engine.live.cut import Cut
from engine.live.functions import call_function
from engine.live.shape import misshapen
from engine.model.plan import Plan
from engine.model.standing import Thing
from engine.redshift.standing import Standing as Found

_Action = Literal["make", "delete"]


def cut_shares(
    accounts: Accounts, after: Plan, parts: Sequence[SharePart], progress: Callable[[str], None] = lambda _: None
) -> Cut:
    """Ends what `after` does not hold any more of each part. What a consumer keeps reads nothing, and is only told.

    Raises AccountError when something still stands at a producer; everything else is done by then.
    """
    said: list[tuple[Thing, str]] = []
    ended: dict[Thing, None] = {}
    narrowed: dict[Thing, None] = {}
    for part in parts:
        if part.needed is None and part.widest.crosses:
            progress(f"taking the authorization of {part.thing.name}")
            _try(part.thing, partial(_deauthorize, accounts, part.widest), ended, said)
    for part in parts:
        progress(f"cutting {part.thing.name} in its warehouse")
        _try(part.thing, partial(_cut_in_warehouse, accounts, after, part), narrowed if part.needed else ended, said)
    remains: list[tuple[Thing, str]] = []
    left: list[tuple[Thing, str]] = []
    for part in parts:
        progress(f"cleaning up for {part.role.name}")
        for thing, invocation, action in _afterwards(part):
            act = partial(_changes, accounts, invocation, action)
            if action == "delete":
                _try(thing, act, ended, remains)
            else:
                _try(thing, act, narrowed, left)
    if said:
        raise AccountError("\n".join(_standing(said, len(parts))))
    return Cut(tuple(ended), tuple(narrowed), (), tuple(left), tuple(remains))


def _standing(said: Sequence[tuple[Thing, str]], parts: int) -> Iterator[str]:
    """What may still stand: every thing by its name, and below those of one reason what it is."""
    reasons: dict[Thing, dict[str, None]] = {}
    for thing, why in said:
        reasons.setdefault(thing, {})[why] = None
    yield f"{len(reasons)} of {parts} may still stand; run the command again"
    alike: dict[str, list[Thing]] = {}
    for thing, whys in reasons.items():
        alike.setdefault("; ".join(whys), []).append(thing)
    for why, things in alike.items():
        yield from (f"  {told(thing)}" for thing in things)
        yield f"    {why}"


def _try(thing: Thing, act: Callable[[], bool], done: dict[Thing, None], failed: list[tuple[Thing, str]]) -> None:
    """Whether it changed anything goes to `done`; one that fails does not keep the others."""
    try:
        if act():
            done[thing] = None
    except AccountError as error:
        failed.append((thing, str(error)))


def _deauthorize(accounts: Accounts, share: Share) -> bool:
    """Whether the consumer's account was authorized until now: it reads nothing from then on.

    https://docs.aws.amazon.com/redshift/latest/APIReference/API_DeauthorizeDataShare.html
    """
    account, region = share.producer.account, share.producer.region
    client = accounts.client("redshift", account, region)
    arn, consumer = share_arn(share.producer, share.target.name), share.consumer.account

    def authorized() -> bool:
        return is_authorized(reaching(account, region, lambda: list_shares(client)), arn, consumer)

    if not authorized():
        return False
    reaching(account, region, lambda: client.deauthorize_data_share(DataShareArn=arn, ConsumerIdentifier=consumer))
    if authorized():
        raise AccountError(f"account {account}, {region}: AWS took the deauthorization of {arn}, and still tells it")
    return True


def _cut_in_warehouse(accounts: Accounts, after: Plan, part: SharePart) -> bool:
    """Whether anything differed."""
    share = part.needed or part.widest
    action: _Action = "delete" if part.needed is None else "make"
    if part.needed is not None and share.direct:
        _ask(accounts, share.role, "make")
    answer = _ask(accounts, share.made, action)
    if still := unplanned(after, found_in(share.producer, answer["standing"])):
        raise AccountError(f"the reconciler answered that {told(still[0])} stands")
    return bool(answer["done"])


def _afterwards(part: SharePart) -> Iterator[tuple[Thing, Invocation, _Action]]:
    """What is asked of the warehouse in which the role reads."""
    if part.needed is not None:
        if not part.needed.direct:
            yield part.database, part.needed.database, "make"
        return
    if not part.widest.direct:
        yield part.database, part.widest.database, "delete"
    if part.role_ends:
        yield part.role, part.widest.role, "delete"


def _changes(accounts: Accounts, asked: Invocation, action: _Action) -> bool:
    return bool(_ask(accounts, asked, action)["done"])


def _ask(accounts: Accounts, asked: Invocation, action: _Action) -> Any:
    """A reconciler's answer. Raises AccountError."""
    account, region, name = asked.warehouse.account, asked.warehouse.region, function_name(asked.side)
    answer = call_function(accounts, account, region, name, called(asked.input, action))
    told = answer if isinstance(answer, dict) else {}
    wrong = misshapen(told.get("done"), list[str], "done") or misshapen(told.get("standing"), Found, "standing")
    if wrong is None and told.get("hash") != asked.input["hash"]:
        wrong = "`hash` should be that of the input"
    if wrong is not None:
        raise AccountError(f"account {account}, {region}: {name} did not answer as asked: {wrong}")
    return told
