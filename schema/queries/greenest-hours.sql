-- theme: carbon
-- description: Mean carbon intensity of each hour of the day by month, on the clock of Great Britain
-- param: hours int = 744 : how many hours back
-- param: region region = none : a region instead of Great Britain
-- needs: carbon_intensity_national : gridctl fetch carbon-intensity
-- note: The actual where it is known, else the forecast; a region has forecasts alone
-- chart: heatmap hour month : carbon_intensity : g/kWh
-- example: gridctl query greenest-hours --param hours=8760
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
slots AS (
    SELECT timestamp, coalesce(actual_gco2_kwh, forecast_gco2_kwh) AS intensity, source,
           'Great Britain' AS place
    FROM carbon_intensity_national, clock
    WHERE $region::INTEGER IS NULL
      AND timestamp >= moment - to_hours($hours) AND timestamp <= moment
    UNION ALL
    SELECT timestamp, forecast_gco2_kwh, carbon.source, region_name
    FROM carbon_intensity_regional AS carbon
    JOIN uk_regions USING (region_number),
    clock
    WHERE region_number = $region::INTEGER
      AND timestamp >= moment - to_hours($hours) AND timestamp <= moment
),
-- The clock of an hour is worked out once for it, not for each half hour.
hours AS (
    SELECT
        timezone('Europe/London', time_bucket(INTERVAL 1 HOUR, timestamp)) AS local,
        place,
        sum(intensity) AS total,
        min(intensity) AS lowest,
        max(intensity) AS highest,
        count(intensity) AS half_hours,
        bool_or(source = 'synthetic') AS is_synthetic
    FROM slots
    WHERE intensity IS NOT NULL
    GROUP BY ALL
)
SELECT
    strftime(local, '%Y-%m') AS month,
    hour(local) AS hour,
    place,
    sum(total) / sum(half_hours) AS carbon_intensity,
    min(lowest) AS min_carbon_intensity,
    max(highest) AS max_carbon_intensity,
    sum(half_hours)::BIGINT AS half_hours,
    bool_or(is_synthetic) AS is_synthetic
FROM hours
GROUP BY ALL
ORDER BY month, hour;
