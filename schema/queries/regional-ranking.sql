-- theme: regions
-- description: Rank of each region by mean carbon intensity, day by day or step by step, cleanest first
-- param: hours int = 168 : how many hours back
-- param: step duration = 1d : length of a row; a day is a local one
-- needs: carbon_intensity_regional : gridctl fetch carbon-intensity
-- note: Regional intensity is forecast only and counts what is consumed: compare regions with regions
-- chart: heatmap timestamp region_name : rank : rank, 1 is cleanest
-- example: gridctl query regional-ranking --param hours=12 --param step=6h
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
means AS (
    SELECT
        time_bucket($step, timestamp, 'Europe/London') AS timestamp,
        region_number,
        avg(forecast_gco2_kwh) AS carbon_intensity,
        count(*) AS half_hours,
        bool_or(source = 'synthetic') AS is_synthetic
    FROM carbon_intensity_regional, clock
    WHERE carbon_intensity_regional.timestamp >= moment - to_hours($hours)
      AND carbon_intensity_regional.timestamp <= moment
      AND forecast_gco2_kwh IS NOT NULL
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
