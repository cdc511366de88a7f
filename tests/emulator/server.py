"""The emulator behind a port of the loopback interface."""

from __future__ import annotations

import importlib
from threading import Thread
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from tests.emulator.front import Front
from tests.emulator.identity import Credentials
from tests.emulator.world import World

_OPERATIONS = (
    "cloudtrail",
    "glue",
    "glue_tables",
    "iam_service",
    "iam_trust",
    "lambda_service.operations",
    "lambda_service.invoke",
    "lakeformation.grant_operations",
    "lakeformation.listing",
    "lakeformation.location_operations",
    "lakeformation.opt_in_operations",
    "lakeformation.search",
    "lakeformation.settings_operations",
    "lakeformation.tag_operations",
    "organizations",
    "ram",
    "redshift_data",
    "redshift_serverless",
    "redshift_service",
    "sts",
)
"""The modules whose import registers operations."""
_CLIENTS: Any = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
"""One, because each reads the services' models anew."""


class Broken(AssertionError):
    """The emulator was asked what it does not know, or answered what no model allows."""


class Handler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"  # Terraform's S3 backend uploads in chunks, which HTTP/1.0 does not have

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the trail has it."""


class Server:
    """As a context manager it checks, when the work within ended well, that nothing was refused and no answer was
    against its model: raises Broken."""

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, Front(world), threaded=True, request_handler=Handler
        )
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def environment(self, credentials: Credentials, region: str = "eu-west-1") -> dict[str, str]:
        """What points boto3, the AWS CLI, Terraform and its AWS provider here, and nowhere else.

        https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
        """
        token = {"AWS_SESSION_TOKEN": credentials.token} if credentials.token else {}
        return token | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            # No profile of the machine takes part.
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def client(self, service: str, credentials: Credentials, region: str = "eu-west-1", **config: Any) -> Any:
        """A boto3 client of the service; no call is repeated, so that a test sees each answer."""
        defaults: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "s3": {"addressing_style": "path"}}
        return _CLIENTS.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret,
            aws_session_token=credentials.token,
            config=Config(**(defaults | config)),
        )

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.world.end()

    def close(self) -> None:
        """Stops. Raises Broken when anything was refused, or an answer was against its model."""
        self.stop()
        found = [f"refused: {why}" for why in self.world.refused] + self.world.violations
        if found:
            raise Broken("\n".join(dict.fromkeys(found)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.stop()


def serve(world: World, port: int = 0) -> Server:
    """`port` 0: any free one."""
    for module in _OPERATIONS:
        importlib.import_module(f"tests.emulator.{module}")
    return Server(world, port)
