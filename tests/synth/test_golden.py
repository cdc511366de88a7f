"""The small mesh's Terraform, byte for byte but for the hash of the reconciler's code: `golden/<stack>.tf.json`.

A change of what is emitted is a change of these files, for a reviewer to read. To write them anew:

    .venv/bin/python tests/synth/test_golden.py
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from cdktf_app.code import reconciler_code
from tests.synth.small import DEPLOYMENT, Emitted, stacks

GOLDEN = Path(__file__).with_name("golden")
ANY = "of the code"


def emitted_text(path: Path) -> str:
    """A stack as it is kept: a change of the reconciler is read where it is made, not in each stack."""
    return path.read_text().replace(reconciler_code().hash, ANY)


def test_the_small_mesh_is_emitted_as_reviewed(small: Emitted) -> None:
    emitted = {path.parent.name: emitted_text(path) for path in small.folder.glob("stacks/*/cdk.tf.json")}
    reviewed = {path.name.removesuffix(".tf.json"): path.read_text() for path in GOLDEN.glob("*.tf.json")}
    assert emitted.keys() == reviewed.keys()
    for name, text in emitted.items():
        assert text == reviewed[name]


def write() -> None:
    from cdktf_app.synth import synthesize

    shutil.rmtree(GOLDEN, ignore_errors=True)
    GOLDEN.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        synthesize(stacks(), DEPLOYMENT, Path(folder))
        for path in Path(folder).glob("stacks/*/cdk.tf.json"):
            (GOLDEN / f"{path.parent.name}.tf.json").write_text(emitted_text(path))


if __name__ == "__main__":
    write()
