-- theme: demand
-- description: Demand forecast for the coming hours, the nearest kind of forecast for each half hour
-- param: hours int = 48 : how many hours ahead
-- needs: demand_forecast_national : gridctl fetch neso
-- chart: line timestamp : demand_mw : MW
-- example: gridctl query demand-outlook --param hours=24
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
)
SELECT
    timestamp, forecast_type, demand_mw, national_demand_mw, transmission_system_demand_mw,
    embedded_wind_generation_mw, embedded_solar_generation_mw, grid_stress_score, is_interpolated,
    forecast_issued_at, source = 'synthetic' AS is_synthetic
FROM demand_forecast_national, clock
WHERE timestamp > moment - INTERVAL 30 MINUTE AND timestamp < moment + to_hours($hours)
QUALIFY row_number() OVER (
    PARTITION BY timestamp
    ORDER BY demand_mw IS NULL,
             list_position(['day_ahead', 'two_day_ahead', 'seven_day_ahead'], forecast_type)
                 NULLS LAST) = 1
ORDER BY timestamp;
