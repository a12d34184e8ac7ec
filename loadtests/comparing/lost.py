"""What the run before knew and the run after does not, and what the run after says of it."""

from loadtests.trials.schema import Trial, Trials

# What is known only where something failed: that it is gone is no loss, and `errors` says as much.
ONLY_OF_FAILURES = frozenset({"fail_p99_ms"})


def why_not_played(after: Trials, scenario: str, subject: str) -> str:
    """Why it was not even tried; "" when it was."""
    if _trials(after, scenario, subject) or subject in after.get("given_up", {}):
        return ""
    if all(trial["scenario"] != scenario for trial in after["trials"]):
        return "the run after did not play this scenario"
    return "the run after did not play it with this strategy"


def why_lost(after: Trials, scenario: str, subject: str, figure: str) -> str:
    """Why a figure of what was played is not known any more; "" when that is no loss."""
    played = _trials(after, scenario, subject)
    valid = [trial for trial in played if trial["valid"]]
    if not valid:
        reasons = [why for trial in played for why in trial["why"]]
        reasons += [after.get("given_up", {}).get(subject, "")]
        return f"no valid repeat: {reasons[0]}".removesuffix(": ")
    if figure in ONLY_OF_FAILURES:
        return ""
    said = [trial["unknown"][figure] for trial in valid if figure in trial["unknown"]]
    return said[0] if said else "no valid repeat gave it, and none says why"


def _trials(run: Trials, scenario: str, subject: str) -> list[Trial]:
    wanted = (scenario, subject)
    return [trial for trial in run["trials"] if (trial["scenario"], trial["subject"]) == wanted]
