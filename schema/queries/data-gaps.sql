-- theme: upkeep
-- description: Half hours missing between the first and the last row of each series
-- param: since time = none : only what is missing from this moment on
-- needs: carbon_intensity_national : gridctl fetch carbon-intensity
-- empty: no half hour is missing between the first and the last
-- note: gap_end is the start of the first half hour present again
-- example: gridctl query data-gaps --param since=2023-01-01T00:00Z
WITH series AS (
    SELECT 'carbon_intensity_national' AS table_name, NULL AS kind, NULL::INTEGER AS region_number, timestamp
    FROM carbon_intensity_national
    UNION ALL
    SELECT 'carbon_intensity_regional' AS table_name, NULL AS kind, region_number::INTEGER AS region_number, timestamp
    FROM carbon_intensity_regional
    UNION ALL
    SELECT 'generation_mix_national' AS table_name, NULL AS kind, NULL::INTEGER AS region_number, timestamp
    FROM generation_mix_national
    UNION ALL
    SELECT 'generation_mix_regional' AS table_name, NULL AS kind, region_number::INTEGER AS region_number, timestamp
    FROM generation_mix_regional
    UNION ALL
    SELECT 'demand_actual_national' AS table_name, NULL AS kind, NULL::INTEGER AS region_number, timestamp
    FROM demand_actual_national
    UNION ALL
    SELECT 'demand_forecast_national' AS table_name, forecast_type AS kind, NULL::INTEGER AS region_number, timestamp
    FROM demand_forecast_national
    UNION ALL
    SELECT 'demand_regional' AS table_name, CASE WHEN is_forecast THEN 'forecast' ELSE 'actual' END AS kind, region_number::INTEGER AS region_number, timestamp
    FROM demand_regional
    UNION ALL
    SELECT 'wholesale_prices' AS table_name, price_type AS kind, region_number::INTEGER AS region_number, timestamp
    FROM wholesale_prices
),
recent AS (
    SELECT * FROM series WHERE $since::TIMESTAMPTZ IS NULL OR timestamp >= $since::TIMESTAMPTZ
),
incomplete AS (  -- counting is quick: only series that lack something are put in order
    SELECT table_name, kind, region_number
    FROM recent
    GROUP BY ALL
    HAVING count(*) FILTER (epoch_us(timestamp) % 1800000000 = 0)
        <= date_diff('minute', min(timestamp), max(timestamp)) // 30
),
followed AS (
    SELECT recent.*, lead(timestamp) OVER (
        PARTITION BY table_name, kind, region_number ORDER BY timestamp) AS next
    FROM recent
    WHERE EXISTS (
        FROM incomplete
        WHERE incomplete.table_name = recent.table_name
          AND incomplete.kind IS NOT DISTINCT FROM recent.kind
          AND incomplete.region_number IS NOT DISTINCT FROM recent.region_number)
)
SELECT
    table_name,
    kind,
    followed.region_number,
    region_name,
    timestamp + INTERVAL 30 MINUTE AS gap_start,
    next AS gap_end,
    next - INTERVAL 30 MINUTE AS last_missing,
    date_diff('minute', timestamp, next) // 30 - 1 AS missing_slots
FROM followed
LEFT JOIN uk_regions ON uk_regions.region_number = followed.region_number
WHERE next > timestamp + INTERVAL 30 MINUTE
ORDER BY table_name, kind NULLS FIRST, followed.region_number NULLS FIRST, gap_start;
