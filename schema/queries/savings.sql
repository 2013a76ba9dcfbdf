-- theme: jobs
-- description: Expected savings of the decision in force for each workload, by action and in total
-- param: since time = none : only decisions from this moment on
-- needs: workload_schedules : gridctl schedule-workload
-- note: Expected, not metered: location-based average intensity, operational electricity only, not an offset
-- chart: bar action : carbon_saving_kg : kg
-- example: gridctl query savings --param since=-30d
WITH newest AS (  -- a replan replaces the decision before it, a cancellation ends it
    SELECT decision.*, workload.estimated_energy_kwh
    FROM workload_schedules AS decision
    JOIN compute_workloads AS workload ON workload.id = decision.workload_id
    WHERE $since::TIMESTAMPTZ IS NULL OR decision.decision_timestamp >= $since::TIMESTAMPTZ
    QUALIFY row_number() OVER (PARTITION BY decision.workload_id ORDER BY sequence DESC) = 1
),
in_force AS (
    SELECT *,
           -- both or neither, so that a sum never sets one side against nothing
           expected_carbon_kg IS NOT NULL AND baseline_carbon_kg IS NOT NULL AS has_carbon,
           expected_cost_gbp IS NOT NULL AND baseline_cost_gbp IS NOT NULL AS has_cost,
           coalesce(try_cast(decision_factors ->> '$.signal.is_synthetic' AS BOOLEAN), FALSE)
               AS on_synthetic
    FROM newest
    WHERE action NOT IN ('cancel', 'reject')
)
SELECT
    coalesce(action, 'total') AS action,
    count(*) AS workloads,
    sum(estimated_energy_kwh) AS energy_kwh,
    sum(baseline_carbon_kg) FILTER (has_carbon) AS baseline_carbon_kg,
    sum(expected_carbon_kg) FILTER (has_carbon) AS expected_carbon_kg,
    sum(baseline_carbon_kg - expected_carbon_kg) FILTER (has_carbon) AS carbon_saving_kg,
    100 * sum(baseline_carbon_kg - expected_carbon_kg) FILTER (has_carbon)
        / nullif(sum(baseline_carbon_kg) FILTER (has_carbon), 0) AS carbon_saving_pct,
    sum(baseline_cost_gbp - expected_cost_gbp) FILTER (has_cost) AS cost_saving_gbp,
    sum(flexibility_revenue_gbp) AS flexibility_revenue_gbp,
    count(*) FILTER (NOT has_carbon) AS workloads_without_figures,
    bool_or(on_synthetic) AS is_synthetic
FROM in_force
GROUP BY GROUPING SETS ((action), ())
HAVING count(*) > 0
ORDER BY GROUPING(action), action;
