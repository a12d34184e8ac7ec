"""`locust -f loadtests/locustfile.py [Stampede]`: Browse, unless another class is named."""

from loadtests.scenarios.browse import Browse
from loadtests.scenarios.stampede import Stampede

__all__ = ["Browse", "Stampede"]
