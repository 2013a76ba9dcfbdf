-- theme: regions
-- description: Rank of each region by mean carbon intensity, day by day or step by step, cleanest first
-- param: hours int = 168 : how many hours back
-- param: step step = 1d : length of a row; a day is a local one
-- needs: carbon_intensity_regional : gridctl fetch carbon-intensity
-- note: Regional intensity is forecast only and counts what is consumed: compare regions with regions
-- chart: heatmap timestamp region_name : rank : rank, 1 is cleanest
-- example: gridctl query regional-ranking --param hours=12 --param step=6h
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
carbon AS MATERIALIZED (
    SELECT timestamp AS slot, region_number, forecast_gco2_kwh, source
    FROM carbon_intensity_regional, clock
    WHERE timestamp >= moment - to_hours($hours) AND timestamp <= moment
      AND forecast_gco2_kwh IS NOT NULL
),
-- The local clock is asked once for a half hour, not for each of its 14 regions.
steps AS (
    SELECT slot, time_bucket($step, slot, 'Europe/London') AS timestamp
    FROM (SELECT DISTINCT slot FROM carbon)
),
means AS (
    SELECT timestamp, region_number, avg(forecast_gco2_kwh) AS carbon_intensity,
           count(*) AS half_hours, bool_or(source = 'synthetic') AS is_synthetic
    FROM carbon JOIN steps USING (slot)
    GROUP BY ALL
)
SELECT
    means.timestamp,
    rank() OVER (PARTITION BY means.timestamp ORDER BY round(carbon_intensity, 6)) AS rank,
    means.region_number,
    region_name,
    carbon_intensity,
    half_hours,
    is_synthetic
FROM means
JOIN uk_regions ON uk_regions.region_number = means.region_number
ORDER BY means.timestamp, rank, means.region_number;
