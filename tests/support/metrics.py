"""Values of the metrics of servers in the test's own process."""

from prometheus_client import REGISTRY


def metric(name: str, **labels: str) -> float:
    """The value of a sample, 0 before it is there."""
    return REGISTRY.get_sample_value(name, labels) or 0.0
