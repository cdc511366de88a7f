"""Three evaluators of one plan: the engine's, the plain one (`aws.py`, `redshift.py`), and the emulated AWS.

They must agree on what every session of every access role reads, under each session policy and under none, at the
plan's instant, a second before something ends and when it ends; on a plan as it was compiled, and on one that was
broken at random. As compiled, it must be what the naive evaluator decided.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from engine.errors import EquivalenceError, PlanError
from engine.grants.equivalence import compare
from engine.model.instants import format_instant
from engine.model.plan import Plan, ShareTarget, read_plan, write_plan
from tests.emulator.errors import Refused
from tests.emulator.world import World
from tests.properties import aws, breaks
from tests.properties.agree import Granted, Held, Json, is_passed, unlike
from tests.properties.applied import Cloud, NotTaken, apply
from tests.properties.applied_warehouses import NotShared, share, stand
from tests.properties.breaks_warehouses import OF_WAREHOUSES
from tests.properties.emulated import Emulated
from tests.properties.evaluated import Evaluated
from tests.properties.iam import assumers, taggers
from tests.properties.three_warehouses import Started, ThreeOfWarehouses, reached, unlike_others

BEFORE = timedelta(seconds=1)
"""How long before an end a session is started that lives to see it."""
_TIES = {("assignments", "product"), ("locations", "product"), ("locations", "arn")}
BREAKS = 2
"""At any place of a plan by which somebody reads something."""
BREAKS_IN_WAREHOUSES = 4
"""Of those that are made for warehouses, where a plan shares something: few do."""


def disagree(facts: Json, plan: Plan, granted: Granted, seed: int, seen: Counter[str]) -> list[str]:
    """Where the evaluators differ on the plan, and on broken ones; in words."""
    text, before = write_plan(plan), seen["columns in warehouses"]
    found = [f"{what}, as decided" for what in _Three(facts, json.loads(text), granted, seen).differences(decided=True)]
    seen["plans"] += 1
    seen["plans that are read in warehouses"] += seen["columns in warehouses"] > before
    chance = random.Random(seed)
    is_shared = any(isinstance(grant.target, ShareTarget) for grant in plan.grants)
    in_warehouses = chance.sample(OF_WAREHOUSES, BREAKS_IN_WAREHOUSES) if is_shared else []
    twists = *breaks.TWISTS, *in_warehouses, *[_break] * BREAKS
    for break_ in twists if granted.held else ():
        broken = json.loads(text)
        if (told := break_(broken, chance)) is None:
            continue
        try:
            differences = _Three(facts, broken, granted, seen).differences(decided=False)
        except NotShared as error:
            seen["broken plans that AWS does not take in warehouses"] += 1
            if not compare(read_plan(json.dumps(broken).encode())).differences:
                found.append(f"{told}: the engine sees no difference, and AWS does not take it: {error}")
        except (NotTaken, Refused):
            seen["broken plans that AWS does not take"] += 1
        except (PlanError, EquivalenceError):
            seen["broken plans that cannot be evaluated"] += 1
        else:
            seen["broken plans"] += 1
            found += [f"{told}: {what}" for what in differences]
    return found


def _break(plan: Json, chance: random.Random) -> str:
    """Not in one action of a list: on some ways Athena asks for fewer than all.

    Nor in what ties a location to a database: a plan does not say where tables lie, only of which product both are.
    """
    paths = [path for path in breaks.paths_of(plan) if path[-2] != "Action" and (path[0], path[-1]) not in _TIES]
    chosen = chance.choice(paths)
    return breaks.break_at(plan, chosen, breaks.by_kind(paths)[breaks.kind(chosen)], chance)


def _opts_in_by_halves(plan: Plan) -> bool:
    """Whether a role is opted in to a table and not to its database.

    Across accounts "you need to opt in the database also" when all tables are opted in (Lake Formation guide, "Hybrid
    access mode considerations and limitations"); of a single table no page says. The engine wants the database.
    """
    to = {(item.account, item.principal, item.catalog, item.region, item.database, item.table) for item in plan.opt_ins}
    return any((*of, None) not in to for *of, table in to if table is not None)


class _Three:
    """Raises NotTaken, PlanError or EquivalenceError for a broken plan of which nothing can be asked."""

    def __init__(self, facts: Json, plan: Json, granted: Granted, seen: Counter[str]) -> None:
        typed = read_plan(json.dumps(plan).encode())
        # as it was read: what a plan of this version does not hold is gone for all of them
        self.plan: Json = json.loads(write_plan(typed))
        self.granted, self.seen = granted, seen
        if _opts_in_by_halves(typed):
            raise NotTaken("an opt-in on a table without its database")
        self.engine = Evaluated(typed)
        self.is_refused = bool(compare(typed).differences)
        cloud = Cloud(facts, granted.databases, World(moment=datetime.fromisoformat(granted.now)))
        stand(cloud, facts, self.plan["warehouses"])
        share(cloud, self.plan)
        apply(cloud, self.plan)
        self.starters = set(cloud.starters)
        self.emulated = Emulated(cloud)
        self.warehouses = ThreeOfWarehouses(self.plan, granted, self.engine, cloud, self.emulated, seen)

    def differences(self, *, decided: bool) -> list[str]:
        """`decided`: they have to read what is decided, too; if not, the engine has to have found that they do not."""
        found: list[str] = []
        undecided = [
            f"no role {id}" for id in self.granted.held.keys() - {it["id"] for it in self.plan["access_roles"]}
        ]
        for number, role in enumerate(self.plan["access_roles"]):
            for start, instants in self._moments():
                for what, is_other in self._of_role(number, role, start, instants):
                    (undecided if is_other else found).append(what)
        if decided or not self.is_refused:
            found += undecided
        self.seen["plans that give other than decided"] += bool(undecided)
        return found

    def _moments(self) -> Iterator[tuple[str, list[str]]]:
        """When sessions are started, and when they are asked."""
        yield self.granted.now, [self.granted.now]
        for end in self.granted.instants[1:]:
            before = format_instant(datetime.fromisoformat(end) - BEFORE)
            yield before, [before, end]

    def _of_role(self, number: int, role: Json, start: str, instants: list[str]) -> Iterator[tuple[str, bool]]:
        """Differences, and whether each is one from what was decided."""
        for at in {start, *instants}:
            yield from self._of_trust(number, role, at)
        by = sorted(self.emulated.assumers(role, start))
        held = self.granted.held.get(role["id"], [])
        if bool(by) != any(start < item.end for item in held):
            yield f"{role['id']} at {start} is assumed by {by}", True
        if not by:
            return
        policies = [(at, item) for at, item in enumerate(self.plan["session_policies"]) if is_passed(item, role)]
        for of in self._sessions(number, role, [(None, None), *policies], by[0], start):
            for at in instants:
                self.seen["live sessions at an end"] += at > start
                stored = self.warehouses.reads(of, at)
                yield from ((text, False) for text in self.warehouses.differences(of, stored, at))
                if of.usual:
                    yield from self._with_lake(of, stored, held, at)

    def _with_lake(self, of: Started, stored: set[aws.Column], held: list[Held], at: str) -> Iterator[tuple[str, bool]]:
        """What a session reads in the lake; and together with what it reads in warehouses."""
        lake = self.emulated.reads(of.role, of.session, at)
        self.seen["columns" if at == self.granted.now else "later columns"] += len(lake)
        plain = aws.reads(self.plan, self.granted.lake, of.role, at, of.policy)
        engine = self._whole(self.engine.reads(of.number, of.place, at))
        yield from ((text, False) for text in unlike_others(f"{of} at {at}", lake, engine, plain))
        wanted = reached(held, of.policy["product"], at) if of.policy else held
        yield from ((f"{of} at {at} {what}", True) for what in unlike(wanted, lake | stored, at))

    def _sessions(
        self, number: int, role: Json, policies: list[tuple[int | None, Json | None]], by: str, start: str
    ) -> Iterator[Started]:
        """Under each policy with the role's tags, if they may be passed; and under none without them."""
        own = role["session_tags"]
        passed = own if by in self.emulated.taggers(role, start) else {}
        ways = [(place, policy, passed) for place, policy in policies] + ([(None, None, {})] if passed else [])
        for place, policy, tags in ways:
            session = self.emulated.session(role, policy, by, start, tags)
            another = self.emulated.session(role, policy, by, start, tags, "ben")
            yield Started(number, role, place, policy, tags, session, another, usual=tags == passed)

    def _of_trust(self, number: int, role: Json, at: str) -> Iterator[tuple[str, bool]]:
        """Who assumes the role, and who with its session tags."""
        tags, trusts = role["session_tags"], assumers(role["trust"], at)
        trusts_with = trusts & taggers(role["trust"], at, tags) if tags else set()
        of_tags = (self.emulated.taggers(role, at), self.engine.taggers(number, at), trusts_with)
        of_all = (self.emulated.assumers(role, at), self.engine.assumers(number, at), trusts)
        for what, (may, engine, plain) in (("assumed", of_all), (f"assumed with {tags}", of_tags)):
            for who, others in (("engine", engine), ("plain evaluator", plain)):
                if may != others & self.starters:
                    yield f"{role['id']} at {at} is {what} by {may}; {who}: {others}", False

    def _whole(self, read: set[aws.Column]) -> set[aws.Column]:
        """Of what the engine opens, what stands in the lake, table by table with all its partition keys.

        The plan does not say which columns are partition keys: what hides one is never compiled (`realise.py`).
        """
        tables = {(place[2], name): table for place, of in self.granted.lake.items() for name, table in of.items()}
        return {
            (database, name, column)
            for database, name, column in read
            if (table := tables.get((database, name))) is not None
            and column in table.columns
            and all((database, name, key) in read for key in table.keys)
        }
