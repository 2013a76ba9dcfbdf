-- theme: jobs
-- description: Scheduling decisions, newest first, with what was expected and why
-- param: workload text = none : only this workload, by name or id
-- param: since time = none : only decisions from this moment on
-- needs: workload_schedules : gridctl schedule-workload
-- note: Expected savings: location-based average intensity, operational electricity only, not an offset
-- example: gridctl query schedule-audit --param since=-7d
SELECT
    decision.sequence, decision.decision_timestamp, workload.workload_name, decision.workload_id,
    decision.action, decision.original_start, decision.new_start, decision.new_end,
    region.region_name, decision.reason, decision.carbon_intensity_at_decision,
    decision.expected_carbon_kg, decision.baseline_carbon_kg,
    decision.baseline_carbon_kg - decision.expected_carbon_kg AS carbon_saving_kg,
    decision.expected_cost_gbp, decision.baseline_cost_gbp,
    decision.baseline_cost_gbp - decision.expected_cost_gbp AS cost_saving_gbp,
    decision.flexibility_revenue_gbp, agent.agent_name, decision.row_hash
FROM workload_schedules AS decision
JOIN compute_workloads AS workload ON workload.id = decision.workload_id
LEFT JOIN uk_regions AS region ON region.id = decision.region_id
LEFT JOIN agents AS agent ON agent.id = decision.agent_id
WHERE ($workload::VARCHAR IS NULL
       OR $workload::VARCHAR IN (workload.workload_name, workload.id::VARCHAR))
  AND ($since::TIMESTAMPTZ IS NULL OR decision.decision_timestamp >= $since::TIMESTAMPTZ)
ORDER BY decision.sequence DESC;
