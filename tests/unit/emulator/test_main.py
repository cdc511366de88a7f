"""`python -m tests.emulator`, for somebody who looks by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "tests.emulator"]
ASK = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


def test_prints_the_environment_and_answers() -> None:
    accounts = ["--account", "100000000001", "--account", "300000000001"]
    with subprocess.Popen([*COMMAND, *accounts], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while line := process.stdout.readline().strip():
            lines.append(line)
        given = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
        given = {name: value.strip("'") for name, value in given.items()}
        asked = subprocess.run(
            [sys.executable, "-c", ASK],
            env={"PATH": os.environ["PATH"], **given},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()
    assert asked.stdout.strip() == "arn:aws:iam::100000000001:user/administrator"
    assert lines[-1].startswith("# 300000000001: AWS_ACCESS_KEY_ID=AKIA")


def test_help_has_an_example() -> None:
    done = subprocess.run([*COMMAND, "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert "$ python -m tests.emulator --account" in done.stdout
