"""A Hypothesis profile for breaks: the first counterexample is enough, and the last."""

from hypothesis import Phase, settings

settings.register_profile(
    "unshrunk",
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
)
