"""S3 locations of two products, which Lake Formation could not tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.errors import Problem
from engine.model.products import Product
from engine.sources.draft import Draft


def shared_locations(drafts: Sequence[Draft], products: dict[str, Product]) -> Iterator[Problem]:
    """A location belongs to one product; one may lie within another's where Lake Formation takes both over alike.

    AWS refuses to register a path twice (API RegisterResource, AlreadyExistsException), and with a path all folders
    below it are registered (Lake Formation guide, "Adding an Amazon S3 location to your data lake"). Which mode counts
    where both paths are registered, it does not say.
    """
    placed: dict[tuple[str, str], Draft] = {}
    for draft in sorted(drafts, key=lambda draft: draft.id):
        server = products[draft.id].server
        if server is None or server.location is None or draft.location is None:
            continue
        key = (server.region, server.location)
        if key in placed:
            yield _problem(draft, server.location, "as has", placed[key], "a location belongs to one product")
        else:
            placed[key] = draft
    for (region, location), draft in placed.items():
        for above in _above(location):
            outer = placed.get((region, above))
            if outer is not None and products[outer.id].hybrid != products[draft.id].hybrid:
                modes = "one of them has hybrid tables, and AWS does not say which mode counts within both"
                yield _problem(draft, location, "which lies in that of", outer, modes)


def _above(location: str) -> Iterator[str]:
    """The locations in which one lies, up to its bucket."""
    while location.count("/") > 2:
        location = location.rpartition("/")[0]
        yield location


def _problem(draft: Draft, location: str, how: str, other: Draft, why: str) -> Problem:
    assert draft.location is not None
    assert other.location is not None
    source, path = draft.location
    file, line = source.place(path)
    first_source, first_path = other.location
    place = "{}:{}".format(*first_source.place(first_path))
    said = f"product `{draft.id}` has location `{location}`, {how} `{other.id}` ({place})"
    return Problem(file, line, f"{said}; {why}")
