"""The command line: parse, call one library function, render. One file per command group."""

from __future__ import annotations

from gridctl.cli import (
    asset_commands,
    audit_commands,
    config_commands,
    cron_command,
    demo_command,
    export_commands,
    fetch_command,
    flexibility_commands,
    gate_command,
    lifecycle_commands,
    plan_command,
    query_command,
    replan_command,
    run_command,
    schedule_workload_command,
    simulate_command,
    sources_command,
    status_command,
    store_commands,
    upkeep_commands,
)
from gridctl.cli.app import app
from gridctl.cli.boundary import guarded

# Importing a group registers its commands. None of them imports anything heavy.
GROUPS = (
    fetch_command,
    status_command,
    sources_command,
    store_commands,
    upkeep_commands,
    export_commands,
    query_command,
    schedule_workload_command,
    plan_command,
    simulate_command,
    flexibility_commands,
    replan_command,
    lifecycle_commands,
    run_command,
    gate_command,
    asset_commands,
    audit_commands,
    cron_command,
    config_commands,
    demo_command,
)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors become one line on stderr."""
    return guarded(
        lambda: app(arguments, prog_name="gridctl", standalone_mode=False),
        debug="--debug" in arguments,
    )


__all__ = ["GROUPS", "app", "run"]
