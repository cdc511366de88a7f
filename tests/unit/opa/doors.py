"""The doors to OPA that one suite goes through: our own child, a stock server on the loopback, and one over TLS."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine.model.decided import Rules
from engine.opa.bundle import Policies, read_policies
from engine.opa.client import Opa, open_opa
from engine.opa.program import find_opa
from engine.opa.rules import load_rules

POLICIES = Path(__file__).resolve().parents[3] / "policies"
TOKEN = "a-token-of-the-test"
_RULES: dict[str, Rules] = {}
_AUTHORIZATION = f"""package system.authz

default allow := false

allow if input.identity == "{TOKEN}"
"""


@dataclass
class Door:
    """A way to an OPA. `variables` are what the environment says of it, once a server is up."""

    tls: bool | None
    """None for our own child, which needs no server."""

    variables: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def open(self, policies: Policies, held: Policies | None = None, timeout: float = 20.0) -> Iterator[Opa]:
        """An OPA that should hold `policies`; it holds `held`, where that is given."""
        rules = rules_of(policies)
        with ExitStack() as stack:
            if self.tls is not None:
                self.variables |= stack.enter_context(serve(held or policies, self.tls))
            stack.enter_context(environment(self.variables))
            yield stack.enter_context(open_opa(policies if self.tls is not None else held or policies, rules, timeout))


def rules_of(policies: Policies) -> Rules:
    """The rules of policies that compile; of the same policies they are listed once."""
    if policies.hash not in _RULES:
        _RULES[policies.hash] = load_rules(policies)
    return _RULES[policies.hash]


def changed(files: dict[str, str | None]) -> Policies:
    """The repository's policies with some files in another wording, more files, or (None) without some."""
    texts: dict[str, str | None] = {**read_policies(POLICIES).files, **files}
    return Policies({name: text for name, text in texts.items() if text is not None})


def requirement(package: str, rule: str) -> str:
    """The text of a requirement, e.g. of `access.question.mine`."""
    notes = "# METADATA\n# title: A test's own\n# description: It asks for more.\n# custom: {control: DG-0}\n"
    return f"{notes}package meshwarden.{package}\n\n{rule}\n"


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """The process environment with these variables, and no other that names an OPA."""
    with patch.dict(os.environ, variables):
        for name in {"OPA_URL", "OPA_TOKEN", "OPA_CA_FILE"} - variables.keys():
            os.environ.pop(name, None)
        yield


@contextmanager
def serve(policies: Policies, tls: bool) -> Iterator[dict[str, str]]:
    """A stock `opa run --server` that asks for a token; gives the variables by which it is found."""
    with TemporaryDirectory(prefix="mw-test-") as temporary, socket.socket() as probe:
        folder = Path(temporary)
        (folder / "policies").mkdir()
        policies.write(folder / "policies")
        (folder / "authz").mkdir()
        (folder / "authz" / "authz.rego").write_text(_AUTHORIZATION)
        (folder / "authz" / ".manifest").write_text('{"revision": "authz", "roots": ["system"]}')
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = [find_opa(), "run", "--server", "--addr", f"127.0.0.1:{port}", "--log-level", "error"]
        command += ["--authentication=token", "--authorization=basic", "--skip-version-check"]
        if tls:
            certify(folder)
            command += [
                "--tls-cert-file",
                str(folder / "server.pem"),
                "--tls-private-key-file",
                str(folder / "key.pem"),
            ]
        child = subprocess.Popen([*command, "-b", str(folder / "policies"), str(folder / "authz")])
        try:
            _await(child, port)
            variables = {"OPA_URL": f"{'https' if tls else 'http'}://127.0.0.1:{port}", "OPA_TOKEN": TOKEN}
            yield variables | ({"OPA_CA_FILE": str(folder / "ca.pem")} if tls else {})
        finally:
            child.kill()
            child.wait()


def _await(child: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert child.poll() is None, "OPA ended as it started"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise AssertionError("OPA did not start")


def certify(folder: Path) -> None:
    """Writes an authority of our own (`ca.pem`) and its certificate for 127.0.0.1 (`server.pem`, `key.pem`)."""
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
    server_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "opa of a test")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    for name, subject, key, extension in (
        ("ca.pem", authority_name, authority_key, x509.BasicConstraints(ca=True, path_length=None)),
        ("server.pem", server_name, server_key, address),
    ):
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
            .not_valid_after(datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC))
            .add_extension(extension, critical=name == "ca.pem")
        )
        certificate = builder.sign(authority_key, hashes.SHA256())
        (folder / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
