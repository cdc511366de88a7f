"""Runs the emulator for somebody who wants to look by hand."""

from __future__ import annotations

import argparse
import shlex
import signal
from threading import Event

from tests.emulator.identity import add_user
from tests.emulator.server import serve
from tests.emulator.world import World

_EXAMPLE = """example:
  $ python -m tests.emulator --account 100000000001 --account 300000000001
  export AWS_ENDPOINT_URL=http://127.0.0.1:40123
  …
  $ aws sts get-caller-identity      (in another shell, after pasting what was printed)

The first account's administrator is printed as environment; any other's key stands in a comment. Control-C ends it.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.emulator",
        description="An emulated AWS on 127.0.0.1; its state is gone when it ends.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--account", action="append", metavar="ID", help="an account of the organization; repeatable")
    parser.add_argument("--region", default="eu-west-1", help="default: %(default)s")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    options = parser.parse_args()
    accounts: list[str] = options.account or ["111111111111"]
    world = World()
    world.organization.update(accounts)
    administrators = {account: add_user(account, "administrator") for account in accounts}
    server = serve(world, options.port)
    for name, value in server.environment(administrators[accounts[0]], options.region).items():
        print(f"export {name}={shlex.quote(value)}")
    for account in accounts[1:]:
        held = administrators[account]
        print(f"# {account}: AWS_ACCESS_KEY_ID={held.access_key} AWS_SECRET_ACCESS_KEY={shlex.quote(held.secret)}")
    print(flush=True)
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # a background job of a shell starts with SIGINT ignored
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    server.close()


if __name__ == "__main__":
    main()
