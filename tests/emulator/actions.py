"""What a call needs: actions and the resources they are checked on."""

from __future__ import annotations

from collections.abc import Iterable

from tests.emulator.call import Call


def needed(call: Call) -> Iterable[tuple[str, str]]:
    del call
    return ()
