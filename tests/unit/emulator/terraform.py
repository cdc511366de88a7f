"""The real Terraform in a folder, with an environment in which the AWS provider reaches the emulator."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path


class Terraform:
    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        path = shutil.which("terraform")
        assert path, "Terraform is not on the PATH"
        self.command, self.folder = path, folder
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TF_CLI_CONFIG_FILE", "CHECKPOINT_DISABLE")}
        self.environment = kept | dict(environment)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.command, *arguments, "-no-color"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, *arguments: str) -> None:
        ended = self.run(*arguments)
        assert ended.returncode == 0, ended.stdout + ended.stderr
