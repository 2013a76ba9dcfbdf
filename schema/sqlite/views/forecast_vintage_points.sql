-- A long reading of forecast_vintages, as the view of this name in schema/views gives it.
CREATE VIEW forecast_vintage_points AS
SELECT
    series,
    region_number,
    issued_at,
    datetime(first_timestamp, (step_minutes * point.key) || ' minutes') AS timestamp,
    point.value AS value,
    -- whole minutes apart, counted by the clock's minutes
    (strftime('%s', datetime(first_timestamp, (step_minutes * point.key) || ' minutes')) / 60
     - strftime('%s', issued_at) / 60) / 60.0 AS horizon_hours,
    source
FROM forecast_vintages, json_each(forecast_values) AS point
WHERE point.value IS NOT NULL;
