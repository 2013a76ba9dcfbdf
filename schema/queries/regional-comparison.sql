-- theme: regions
-- description: Regions side by side: carbon now, and mean, lowest and highest of the coming hours
-- param: hours int = 24 : how many hours ahead
-- needs: carbon_intensity_regional : gridctl fetch carbon-intensity
-- note: Regional intensity is forecast only and counts what is consumed: compare regions with regions
-- chart: bar region_name : carbon_intensity mean_carbon_intensity : g/kWh
-- example: gridctl query regional-comparison --param hours=12
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
ahead AS (
    SELECT
        region_number,
        avg(forecast_gco2_kwh) AS mean_carbon_intensity,
        min(forecast_gco2_kwh) AS min_carbon_intensity,
        max(forecast_gco2_kwh) AS max_carbon_intensity,
        count(forecast_gco2_kwh) AS half_hours,
        bool_or(source = 'synthetic') AS is_synthetic
    FROM carbon_intensity_regional, clock
    WHERE timestamp > moment - INTERVAL 30 MINUTE AND timestamp < moment + to_hours($hours)
    GROUP BY region_number
)
SELECT
    present.rank,
    present.region_number,
    present.region_name,
    present.carbon_intensity,
    present.intensity_index,
    ahead.mean_carbon_intensity,
    ahead.min_carbon_intensity,
    ahead.max_carbon_intensity,
    coalesce(ahead.half_hours, 0) AS half_hours,
    present.renewable_pct,
    present.is_synthetic OR coalesce(ahead.is_synthetic, FALSE) AS is_synthetic
FROM regional_compute_opportunities AS present
LEFT JOIN ahead ON ahead.region_number = present.region_number
ORDER BY present.rank, present.region_number;
