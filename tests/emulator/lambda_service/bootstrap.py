"""The runtime of a function: runs its handler for one event after another, in a process that has nothing else.

Started as `python -I -S -u bootstrap.py PACKAGES ANSWERS`, with the environment that Lambda sets. An event is a line of
JSON on standard input, its answer a line of JSON on the file descriptor ANSWERS.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    function_version = "$LATEST"

    def __init__(self, told: dict[str, Any]) -> None:
        self.function_name = told["name"]
        self.invoked_function_arn = told["arn"]
        self.memory_limit_in_mb = told["memory"]
        self.aws_request_id = told["request"]
        self.log_group_name = told["log_group"]
        self._ends = time.monotonic() + told["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends - time.monotonic()) * 1000))


def answer_to(told: dict[str, Any]) -> dict[str, Any]:
    try:
        module, _, function = os.environ["_HANDLER"].rpartition(".")
        result = getattr(importlib.import_module(module), function)(told["event"], Context(told))
        return {"payload": json.dumps(result)}
    except Exception as error:
        return {
            "error": {
                "errorMessage": str(error),
                "errorType": type(error).__name__,
                "requestId": told["request"],
                "stackTrace": traceback.format_tb(error.__traceback__)[1:],
            }
        }


def main() -> None:
    packages, answers = sys.argv[1], int(sys.argv[2])
    sys.path[:0] = [os.environ["LAMBDA_TASK_ROOT"], packages]
    with os.fdopen(answers, "w") as out:
        for line in sys.stdin:
            print(json.dumps(answer_to(json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
