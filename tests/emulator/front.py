"""The one door: every request is read, authorized, answered by an own operation or by moto, checked and recorded.

An own operation is a function of the world and the call, registered by its names in botocore's model:

    @operation("lakeformation", "GrantPermissions")
    def grant_permissions(world: World, call: Call) -> dict[str, Any]: ...

It returns the members of its output, or raises AwsError or Refused. server.py imports the modules that register.
"""

from __future__ import annotations

import io
import socket
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from moto.core.request import Request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from tests.emulator import actions, checks, faults, iam, protocol
from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.faults import Dropped
from tests.emulator.identity import Caller, caller_of
from tests.emulator.protocol import Wire
from tests.emulator.world import Event, World

Handler: TypeAlias = Callable[[World, Call], Mapping[str, Any] | None]
Guard: TypeAlias = Callable[[World, Call], None]
MOTO = frozenset({"iam", "logs", "s3"})
"""The services whose operations moto answers, where there is no own one."""
_IN_JSON = {"InvalidClientTokenId": "UnrecognizedClientException", "ExpiredToken": "ExpiredTokenException"}
"""https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
OPERATIONS: dict[tuple[str, str], Handler] = {}
GUARDS: dict[tuple[str, str], Guard] = {}
EXERCISED: set[tuple[str, str]] = set()
"""The operations answered in this process, own ones without an error, for the test that says all are."""


class StartResponse(Protocol):
    def __call__(self, status: str, headers: list[tuple[str, str]], /) -> object: ...


def operation(service: str, *names: str) -> Callable[[Handler], Handler]:
    """Registers the function as what answers these operations of the service."""

    def register(handler: Handler) -> Handler:
        for name in names:
            if (service, name) in OPERATIONS:
                raise ValueError(f"{service}:{name} has two functions")
            OPERATIONS[service, name] = handler
        return handler

    return register


def guard(service: str, *names: str) -> Callable[[Guard], Guard]:
    """Registers the function as what looks at these operations before moto answers them. It may raise AwsError."""

    def register(check: Guard) -> Guard:
        GUARDS.update({(service, name): check for name in names})
        return check

    return register


class Front:
    """A WSGI application. Calls are answered one at a time, so that no test depends on how threads interleave."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        body = _body(environ)
        try:
            with self.world.lock:
                wire = self._answer(Request(environ), body)
        except Dropped:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)  # or HTTP/1.1 would wait for the next request
            raise
        except Exception as error:
            self.world.violations.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}: {error!r}")
            raise
        headers = {name: value for name, value in wire.headers.items() if name.lower() != "content-length"}
        if environ["REQUEST_METHOD"] == "HEAD":
            headers["Content-Length"] = wire.headers.get("Content-Length", "0")
            body_out = b""
        else:
            headers["Content-Length"] = str(len(wire.body))
            body_out = wire.body
        start_response(f"{wire.status} -", list(headers.items()))
        return [body_out]

    def _answer(self, request: Request, body: bytes) -> Wire:
        world = self.world
        try:
            scope = protocol.scope_of(request)
            caller = caller_of(world, scope.access_key, request.headers.get("X-Amz-Security-Token"))
            call = protocol.read(request, scope, caller, body)
        except Refused as refusal:
            return self._refuse(str(refusal))
        except AwsError as error:
            return self._unknown_caller(request, body, error)
        return self._run(call)

    def _run(self, call: Call) -> Wire:
        world = self.world
        result: Any = None
        lose = False
        try:
            lose = faults.before(world.faults, call)
            checks.request(call)
            for go_on in world.before_each:
                go_on(world, call)
            for action, resource in actions.needed(call):
                iam.authorize(world, call, action, resource)
            handler = OPERATIONS.get((call.service, call.operation))
            if handler is not None:
                result = handler(world, call)
                wire = protocol.write(call, result or {})
            elif call.service in MOTO:
                if (call.service, call.operation) in GUARDS:
                    GUARDS[call.service, call.operation](world, call)
                wire = self.moto_answer(call)
            else:
                raise Refused("nobody answers it")
            EXERCISED.add((call.service, call.operation))
        except AwsError as error:
            result = error
            wire = protocol.write(call, error)
        except Refused as refusal:
            return self._refuse(f"{call}: {refusal}", call)
        checks.check(world, call, wire, result)
        self._record(call, call.caller, wire)
        for look in world.after_each:
            look(world, call)
        if lose:
            raise Dropped
        return wire

    def moto_answer(self, call: Call) -> Wire:
        """moto's own, in the caller's account."""
        environ = dict(call.request.environ)
        environ["wsgi.input"] = io.BytesIO(call.body)
        environ["CONTENT_LENGTH"] = str(len(call.body))
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        sent: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            sent.append((status, headers))

        chunks = b"".join(self.moto(environ, start_response))
        status, headers = sent[-1]
        return Wire(int(status.split()[0]), dict(headers), chunks)

    def _refuse(self, why: str, call: Call | None = None) -> Wire:
        self.world.refused.append(why)
        error = AwsError("Refused", f"the emulator refuses: {why}", 501)
        if call is not None:
            return protocol.write(call, error)
        return Wire(501, {"Content-Type": "text/plain"}, str(error).encode())

    def _unknown_caller(self, request: Request, body: bytes, error: AwsError) -> Wire:
        """The answer to a key that nobody has still speaks the protocol of what was called."""
        scope = protocol.scope_of(request)
        nobody = Caller("User", scope.access_key, "", "", "", "")
        try:
            call = protocol.read(request, scope, nobody, body)
        except Refused as refusal:
            return self._refuse(str(refusal))
        if "json" in call.protocol:
            error = AwsError(_IN_JSON[error.code], error.message, error.status)
        elif call.service == "s3" and error.code == "InvalidClientTokenId":
            error = AwsError(
                "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403
            )
        wire = protocol.write(call, error)
        self._record(call, None, wire)
        return wire

    def _record(self, call: Call, caller: Caller | None, wire: Wire) -> None:
        code = message = None
        if wire.status >= 400:
            error = protocol.reread(call, wire).get("Error", {})
            code, message = str(error.get("Code")), str(error.get("Message"))
        event = Event(
            id=str(uuid.UUID(int=self.world.random.getrandbits(128), version=4)),
            time=self.world.now(),
            service=call.service,
            name=call.operation,
            region=call.region,
            account=call.account,
            caller=caller,
            parameters=call.params,
            error_code=code,
            error_message=message,
        )
        self.world.trail.append(event)


def _body(environ: dict[str, Any]) -> bytes:
    """Reads the body whole, chunked or not, and leaves the environment as if it had come with its length."""
    source = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body: bytes = source.read()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ.pop("wsgi.input_terminated")
    else:
        body = source.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return body
