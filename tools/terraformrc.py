"""Where Terraform takes the AWS provider from, while our tools and tests run it: `.tools/terraformrc`.

The machine's own configuration may name a file that is not there, and every command of Terraform then warns. In this
order: the mirror in `MESHWARDEN_PROVIDER_MIRROR`; the machine's configuration, when it says how providers are
installed; a filesystem mirror that holds the provider; the registry.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

from prerequisites import ROOT

TARGET = ROOT / ".tools" / "terraformrc"
SOURCE = "registry.terraform.io/hashicorp/aws"
VERSION = "5.100.0"  # what cdktf-cdktf-provider-aws 20.1 was generated from


def write() -> None:
    """Writes `.tools/terraformrc`, or leaves it when it already says so."""
    text = configuration()
    TARGET.parent.mkdir(exist_ok=True)
    if not TARGET.is_file() or TARGET.read_text() != text:
        TARGET.touch(mode=0o600)  # the machine's configuration may carry tokens
        TARGET.write_text(text)


def configuration() -> str:
    chosen = os.environ.get("MESHWARDEN_PROVIDER_MIRROR")
    if chosen:
        return _mirror(Path(chosen))
    for own in _machine_configurations():
        if own.is_file() and "provider_installation" in (text := own.read_text()):
            return text
    for folder in _mirrors():
        if _holds_provider(folder):
            return _mirror(folder)
    return "provider_installation {\n  direct {}\n}\n"


def _machine_configurations() -> list[Path]:
    named = os.environ.get("TF_CLI_CONFIG_FILE")
    files = [Path(named)] if named else []
    return [file for file in [*files, Path.home() / ".terraformrc"] if file.absolute() != TARGET]


def _mirrors() -> list[Path]:
    """The folders Terraform documents as implied mirrors, and any mirror below /opt.

    Terraform does not look there by itself; images without a way to the registry keep their mirror there, and name it
    in a configuration that need not have come along.
    """
    home = Path.home()
    implied = [
        home / ".terraform.d" / "plugins",
        home / ".local" / "share" / "terraform" / "plugins",
        home / "Library" / "Application Support" / "io.terraform" / "plugins",
        Path("/usr/local/share/terraform/plugins"),
        Path("/usr/share/terraform/plugins"),
    ]
    return implied + sorted(found.parent for found in Path("/opt").glob("*/registry.terraform.io"))


def _holds_provider(folder: Path) -> bool:
    system = platform.system().lower()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    provider = folder / SOURCE
    unpacked = provider / VERSION / f"{system}_{machine}"
    packed = provider / f"terraform-provider-aws_{VERSION}_{system}_{machine}.zip"
    return unpacked.is_dir() or packed.is_file()


def _mirror(folder: Path) -> str:
    path = str(folder.absolute()).replace("\\", "\\\\").replace('"', '\\"')
    return f"""provider_installation {{
  filesystem_mirror {{
    path    = "{path}"
    include = ["{SOURCE}"]
  }}
  direct {{
    exclude = ["{SOURCE}"]
  }}
}}
"""
