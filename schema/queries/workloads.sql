-- theme: jobs
-- description: Jobs known to the scheduler, newest first: what they need, when they run, what came of them
-- param: status pending|scheduled|deferred|running|completed|cancelled|infeasible|failed = none : only those in this state
-- needs: compute_workloads : gridctl schedule-workload
-- note: Carbon and cost are expected ones until a job is complete, then as reported
-- example: gridctl query workloads --param status=scheduled
WITH decided AS (
    SELECT workload_id,
           arg_max(try_cast(decision_factors ->> '$.signal.is_synthetic' AS BOOLEAN), sequence)
               AS on_synthetic
    FROM workload_schedules
    GROUP BY workload_id
)
SELECT
    workload.workload_name, workload.status, workload.scheduled_start, workload.scheduled_end,
    workload.latest_completion, region.region_name, workload.estimated_energy_kwh,
    workload.estimated_duration_hours, workload.max_carbon_intensity_gco2_kwh, workload.priority,
    asset.asset_name, workload.actual_start, workload.actual_end, workload.actual_energy_kwh,
    workload.carbon_emitted_kg, workload.cost_gbp, workload.id AS workload_id,
    coalesce(decided.on_synthetic, FALSE) AS is_synthetic
FROM compute_workloads AS workload
LEFT JOIN compute_assets AS asset ON asset.id = workload.asset_id
LEFT JOIN decided ON decided.workload_id = workload.id
LEFT JOIN uk_regions AS region
       ON region.id = coalesce(workload.scheduled_region_id, asset.region_id)
WHERE $status::VARCHAR IS NULL OR workload.status = $status::VARCHAR
ORDER BY workload.created_at DESC, workload.workload_name, workload.id;
