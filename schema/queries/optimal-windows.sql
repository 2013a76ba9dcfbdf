-- theme: carbon
-- description: The lowest-carbon stretches to run in, within the coming hours; they may overlap
-- param: duration duration = 4h : length of the run, rounded up to whole half hours
-- param: hours int = 48 : how many hours ahead; the run must end within them
-- param: region region = none : a region instead of Great Britain
-- param: count int = 5 : how many to list
-- needs: carbon_intensity_national : gridctl fetch carbon-intensity
-- note: Stretches may overlap; one with a missing half hour is left out
-- chart: bar start : carbon_intensity : g/kWh
-- example: gridctl query optimal-windows --param duration=2h --param region=London
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
wanted AS (
    SELECT greatest(1, ceil(epoch($duration) / 1800))::BIGINT AS half_hours
),
slots AS (
    SELECT timestamp, coalesce(actual_gco2_kwh, forecast_gco2_kwh) AS intensity, source,
           'Great Britain' AS place, moment
    FROM carbon_intensity_national, clock
    WHERE $region::INTEGER IS NULL
      AND timestamp >= moment AND timestamp < moment + to_hours($hours)
    UNION ALL
    SELECT timestamp, forecast_gco2_kwh, carbon.source, region_name, moment
    FROM carbon_intensity_regional AS carbon
    JOIN uk_regions USING (region_number),
    clock
    WHERE region_number = $region::INTEGER
      AND timestamp >= moment AND timestamp < moment + to_hours($hours)
),
stretches AS (
    SELECT
        timestamp AS start,
        timestamp + to_minutes(30 * half_hours) AS "end",
        place,
        avg(intensity) OVER run AS carbon_intensity,
        min(intensity) OVER run AS min_carbon_intensity,
        max(intensity) OVER run AS max_carbon_intensity,
        bool_or(source = 'synthetic') OVER run AS is_synthetic,
        count(intensity) OVER run AS present,
        half_hours,
        moment
    FROM slots, wanted
    WINDOW run AS (
        ORDER BY timestamp
        RANGE BETWEEN CURRENT ROW AND to_minutes(30 * (half_hours - 1)) FOLLOWING)
)
SELECT
    row_number() OVER (ORDER BY round(carbon_intensity, 6), start) AS rank,
    start, "end", place, carbon_intensity, min_carbon_intensity, max_carbon_intensity, is_synthetic
FROM stretches
WHERE present = half_hours AND "end" <= moment + to_hours($hours)
ORDER BY rank
LIMIT $count;
