"""Ids of resources."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdktf_app.ids import logical_id

NAMES = st.text(alphabet="ab_-/.Ä$", max_size=8) | st.text(alphabet="ab/_", min_size=195, max_size=260)


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("analyst/modelling/300000000003", "role-analyst__modelling__300000000003"),
        ("lending/loans/pay_day", "role-lending__loans__pay_day"),
        ("a/b_", "role-a__b_-cc5e02abfb24"),
        ("a.b", "role-a_b-2e7336dc8eba"),
    ],
)
def test_an_id_can_be_read(name: str, id: str) -> None:
    assert logical_id("role", name) == id


@given(NAMES, NAMES)
def test_two_names_never_share_an_id(one: str, other: str) -> None:
    assert (logical_id("role", one) == logical_id("role", other)) == (one == other)


@given(NAMES)
def test_terraform_and_cdktf_take_an_id_as_it_is(name: str) -> None:
    assert re.fullmatch(r"role-[A-Za-z0-9_-]{0,240}", logical_id("role", name))
