"""What services are started with: a scenario's changes of the plan come on top of the subject's."""

from loadtests.trials.serving import joined_settings


def test_both_changes_of_the_plan_reach_the_service() -> None:
    """A subject that is a change itself keeps it where a scenario changes something, too."""
    subject = {"CORRAL_STRATEGY": "layered", "CORRAL_SET": "ttl.feed_s=60"}
    found = joined_settings(subject, {"CORRAL_SET": "near=nothing_near", "CORRAL_TTL_SCALE": "100"})
    assert found == {
        "CORRAL_STRATEGY": "layered",
        "CORRAL_SET": "ttl.feed_s=60,near=nothing_near",
        "CORRAL_TTL_SCALE": "100",
    }
    assert "CORRAL_SET" not in joined_settings({"CORRAL_STRATEGY": "layered"}, {})
