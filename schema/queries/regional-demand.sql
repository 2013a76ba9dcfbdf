-- theme: demand
-- description: Demand of each region over the coming hours: mean, peak and when, an estimate
-- param: hours int = 24 : how many hours ahead
-- needs: demand_regional : gridctl fetch neso
-- note: Nobody publishes demand by region: it is national demand x the region's share of customers
-- chart: bar region_name : mean_demand_mw peak_demand_mw : MW
-- example: gridctl query regional-demand --param hours=12
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
)
SELECT
    region_number,
    region_name,
    avg(demand_mw) AS mean_demand_mw,
    max(demand_mw) AS peak_demand_mw,
    arg_max(timestamp, demand_mw) AS peak_at,
    count(demand_mw) AS half_hours,
    any_value(method) AS method,
    bool_or(source = 'synthetic') AS is_synthetic
FROM demand_regional
JOIN uk_regions USING (region_number),
clock
WHERE is_forecast AND timestamp > moment - INTERVAL 30 MINUTE
  AND timestamp < moment + to_hours($hours)
GROUP BY region_number, region_name
ORDER BY mean_demand_mw DESC, region_number;
