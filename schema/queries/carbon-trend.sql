-- theme: carbon
-- description: National carbon intensity up to now: forecast beside actual, by half hour or longer
-- param: hours int = 24 : how many hours back
-- param: step step = 30m : length of a row; means over it
-- needs: carbon_intensity_national : gridctl fetch carbon-intensity
-- chart: line timestamp : forecast_gco2_kwh actual_gco2_kwh : g/kWh
-- example: gridctl query carbon-trend --param hours=48 --param step=1h
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
)
SELECT
    time_bucket($step, timestamp) AS timestamp,
    avg(forecast_gco2_kwh) AS forecast_gco2_kwh,
    avg(actual_gco2_kwh) AS actual_gco2_kwh,
    -- over the half hours that have both; positive when the forecast was too high
    avg(forecast_gco2_kwh - actual_gco2_kwh) AS error_gco2_kwh,
    mode(intensity_index ORDER BY carbon_intensity_national.timestamp) AS intensity_index,
    count(*) AS half_hours,
    count(actual_gco2_kwh) AS actual_half_hours,
    bool_or(source = 'synthetic') AS is_synthetic
FROM carbon_intensity_national, clock
WHERE carbon_intensity_national.timestamp >= moment - to_hours($hours)
  AND carbon_intensity_national.timestamp <= moment
GROUP BY ALL
ORDER BY 1;
