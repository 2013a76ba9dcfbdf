"""Ask the upstreams, land every answer, load what landed."""

from gridctl.fetch.runner import FetchReport, Plan, SourceReport, fetch

__all__ = ["FetchReport", "Plan", "SourceReport", "fetch"]
