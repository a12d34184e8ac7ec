"""What became of a request, told to both recorders: ours, and Locust's by its request event."""

# mypy: allow-untyped-calls

from locust.env import Environment

from loadtests.cache_status import outcome_of
from loadtests.mixes.request import Request
from loadtests.recorder import Answer, Recorder
from loadtests.sending.connection import Reply


class Books:
    """Enters every request that ended, with the answer it got or the error it met."""

    def __init__(self, recorder: Recorder, environment: Environment) -> None:
        self.recorder = recorder
        self._environment = environment

    def enter(
        self, request: Request, at_s: float, end_s: float, result: Reply | Exception
    ) -> Answer:
        """A request meant to start at `at_s` that ended at `end_s`.

        An error from status 400 on, unless it is what was expected.
        """
        error, outcome, length = "", outcome_of(""), 0
        if isinstance(result, Reply):
            outcome, length = outcome_of(result.cache_status), len(result.body)
            if result.status >= 400 and result.status != request.expects:
                error = str(result.status)
                words = result.body[:160].decode(errors="replace")
                self.recorder.explain(f"{request.path}: {result.status} {words}")
        elif isinstance(result, TimeoutError):
            error = "timeout"
        else:
            error = "connection"
            self.recorder.explain(f"{request.path}: {result}")
        answer = Answer(request.kind, outcome, at_s, end_s, error)
        self.recorder.answered(answer)
        self._environment.events.request.fire(
            request_type=request.method,
            name=request.kind,
            response_time=answer.latency_ms,
            response_length=length,
            exception=RuntimeError(error) if error else None,
            context={},
        )
        return answer
