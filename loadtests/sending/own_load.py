"""What the generator itself uses of its core, second by second: a mean hides the worst of them."""

from collections import deque
from collections.abc import Callable

LOOK_EVERY_S = 0.25
SECOND_S = 1.0


class OwnLoad:
    """Looks at the clock of its own CPU time now and then, and keeps the busiest second."""

    def __init__(self, cpu_s: Callable[[], float], clock_s: Callable[[], float]) -> None:
        self._cpu_s, self._clock_s = cpu_s, clock_s
        self._looks = deque([(clock_s(), cpu_s())])
        self._worst = 0.0
        self._is_short = True

    def look(self) -> None:
        """Weigh the last second; whoever looks late weighs what lies between."""
        now = (self._clock_s(), self._cpu_s())
        self._looks.append(now)
        while len(self._looks) > 2 and now[0] - self._looks[1][0] >= SECOND_S:
            self._looks.popleft()
        if now[0] - self._looks[0][0] >= SECOND_S:
            self._is_short = False
            self._worst = max(self._worst, self._share())

    def at_worst(self) -> float:
        """The share of a core in the busiest second; of all of it where it took less than one."""
        self.look()
        return self._share() if self._is_short else self._worst

    def _share(self) -> float:
        (from_s, from_cpu_s), (to_s, to_cpu_s) = self._looks[0], self._looks[-1]
        return (to_cpu_s - from_cpu_s) / (to_s - from_s) if to_s > from_s else 0.0
