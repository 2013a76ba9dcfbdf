"""Ask the upstreams, land every answer, load what landed."""

from gridctl.fetch.report import FetchReport, SourceReport
from gridctl.fetch.runner import Plan, fetch

__all__ = ["FetchReport", "Plan", "SourceReport", "fetch"]
