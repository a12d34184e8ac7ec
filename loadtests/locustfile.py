"""`locust -f loadtests/locustfile.py [Stampede]`: Browse, unless another class is named."""

from loadtests.sending.browse import Browse
from loadtests.sending.stampede import Stampede

__all__ = ["Browse", "Stampede"]
