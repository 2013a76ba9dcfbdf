-- theme: mix
-- description: Wind and solar power within the distribution networks: estimated outturn, then the forecast
-- param: hours int = 24 : how many hours back
-- param: ahead int = 24 : how many hours ahead
-- needs: demand_actual_national : gridctl fetch neso
-- note: Embedded generation has no meters: outturn is NESO's estimate, and lowers national demand
-- chart: area timestamp : embedded_wind_mw embedded_solar_mw : MW
-- example: gridctl query embedded-generation --param hours=6 --param ahead=6
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
slots AS (
    SELECT timestamp, embedded_wind_generation_mw, embedded_solar_generation_mw,
           national_demand_mw, FALSE AS is_forecast, source
    FROM demand_actual_national, clock
    WHERE timestamp >= moment - to_hours($hours) AND timestamp <= moment
    UNION ALL
    SELECT timestamp, embedded_wind_generation_mw, embedded_solar_generation_mw,
           national_demand_mw, TRUE, source
    FROM demand_forecast_national, clock
    WHERE timestamp >= moment - to_hours($hours) AND timestamp < moment + to_hours($ahead)
      AND forecast_type IN ('day_ahead', 'two_to_fourteen_day')
),
-- What was measured before what was forecast. Wind and solar are published together.
best AS (
    SELECT * FROM slots
    WHERE embedded_wind_generation_mw IS NOT NULL OR embedded_solar_generation_mw IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY timestamp ORDER BY is_forecast, national_demand_mw IS NULL) = 1
)
SELECT
    timestamp,
    embedded_wind_generation_mw AS embedded_wind_mw,
    embedded_solar_generation_mw AS embedded_solar_mw,
    national_demand_mw,
    -- of what people use: national demand with embedded generation added back
    100 * (embedded_wind_generation_mw + embedded_solar_generation_mw)
        / nullif(national_demand_mw + embedded_wind_generation_mw + embedded_solar_generation_mw, 0)
        AS embedded_share_pct,
    is_forecast,
    source = 'synthetic' AS is_synthetic
FROM best
ORDER BY timestamp;
