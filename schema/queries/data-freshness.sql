-- theme: upkeep
-- description: How fresh each dataset is: newest row, newest past row, when it was fetched, from where
-- needs: carbon_intensity_national : gridctl fetch carbon-intensity
-- note: age_hours counts from the newest row that is not in the future
-- chart: bar dataset : age_hours : h
-- example: gridctl query data-freshness
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
-- By source, so that synthetic rows are counted apart from real ones.
counted AS (
    SELECT 'carbon_intensity_national' AS dataset, source, count(*) AS rows FROM carbon_intensity_national GROUP BY source
    UNION ALL
    SELECT 'carbon_intensity_regional' AS dataset, source, count(*) AS rows FROM carbon_intensity_regional GROUP BY source
    UNION ALL
    SELECT 'generation_mix_national' AS dataset, source, count(*) AS rows FROM generation_mix_national GROUP BY source
    UNION ALL
    SELECT 'generation_mix_regional' AS dataset, source, count(*) AS rows FROM generation_mix_regional GROUP BY source
    UNION ALL
    SELECT 'demand_forecast_national' AS dataset, source, count(*) AS rows FROM demand_forecast_national GROUP BY source
    UNION ALL
    SELECT 'demand_actual_national' AS dataset, source, count(*) AS rows FROM demand_actual_national GROUP BY source
    UNION ALL
    SELECT 'demand_regional' AS dataset, source, count(*) AS rows FROM demand_regional GROUP BY source
),
-- A maximum on its own is read off the statistics of the table, without looking at its rows.
spans AS (
    SELECT 'carbon_intensity_national' AS dataset, (SELECT max(timestamp) FROM carbon_intensity_national) AS newest,
           (SELECT max(timestamp) FROM carbon_intensity_national
            WHERE timestamp <= coalesce(getvariable('as_of')::TIMESTAMPTZ, now())) AS newest_past,
           (SELECT max(fetched_at) FROM carbon_intensity_national) AS fetched_at
    UNION ALL
    SELECT 'carbon_intensity_regional' AS dataset, (SELECT max(timestamp) FROM carbon_intensity_regional) AS newest,
           (SELECT max(timestamp) FROM carbon_intensity_regional
            WHERE timestamp <= coalesce(getvariable('as_of')::TIMESTAMPTZ, now())) AS newest_past,
           (SELECT max(fetched_at) FROM carbon_intensity_regional) AS fetched_at
    UNION ALL
    SELECT 'generation_mix_national' AS dataset, (SELECT max(timestamp) FROM generation_mix_national) AS newest,
           (SELECT max(timestamp) FROM generation_mix_national
            WHERE timestamp <= coalesce(getvariable('as_of')::TIMESTAMPTZ, now())) AS newest_past,
           (SELECT max(fetched_at) FROM generation_mix_national) AS fetched_at
    UNION ALL
    SELECT 'generation_mix_regional' AS dataset, (SELECT max(timestamp) FROM generation_mix_regional) AS newest,
           (SELECT max(timestamp) FROM generation_mix_regional
            WHERE timestamp <= coalesce(getvariable('as_of')::TIMESTAMPTZ, now())) AS newest_past,
           (SELECT max(fetched_at) FROM generation_mix_regional) AS fetched_at
    UNION ALL
    SELECT 'demand_forecast_national' AS dataset, (SELECT max(timestamp) FROM demand_forecast_national) AS newest,
           (SELECT max(timestamp) FROM demand_forecast_national
            WHERE timestamp <= coalesce(getvariable('as_of')::TIMESTAMPTZ, now())) AS newest_past,
           (SELECT max(fetched_at) FROM demand_forecast_national) AS fetched_at
    UNION ALL
    SELECT 'demand_actual_national' AS dataset, (SELECT max(timestamp) FROM demand_actual_national) AS newest,
           (SELECT max(timestamp) FROM demand_actual_national
            WHERE timestamp <= coalesce(getvariable('as_of')::TIMESTAMPTZ, now())) AS newest_past,
           (SELECT max(fetched_at) FROM demand_actual_national) AS fetched_at
    UNION ALL
    SELECT 'demand_regional' AS dataset, (SELECT max(timestamp) FROM demand_regional) AS newest,
           (SELECT max(timestamp) FROM demand_regional
            WHERE timestamp <= coalesce(getvariable('as_of')::TIMESTAMPTZ, now())) AS newest_past,
           (SELECT max(fetched_at) FROM demand_regional) AS fetched_at
),
-- Several datasets in one table: few rows, looked at one by one.
shared AS (
    SELECT 'wholesale_prices: ' || price_type AS dataset, source, timestamp AS instant, fetched_at
    FROM wholesale_prices
    UNION ALL
    SELECT 'flexibility_prices: ' || service_type, source, timestamp, fetched_at
    FROM flexibility_prices
    UNION ALL
    SELECT 'grid_snapshots', source, snapshot_timestamp, fetched_at FROM grid_snapshots
    UNION ALL
    SELECT 'offers', source, snapshot_timestamp, fetched_at FROM offers
    UNION ALL
    SELECT 'forecast_vintages: ' || series, source, issued_at, fetched_at FROM forecast_vintages
),
by_source AS (
    SELECT dataset, newest, newest_past, fetched_at, source, rows
    FROM counted JOIN spans USING (dataset)
    UNION ALL
    SELECT dataset, max(instant), max(instant) FILTER (instant <= moment), max(fetched_at), source, count(*)
    FROM shared, clock
    GROUP BY dataset, source
)
SELECT
    dataset,
    max(newest) AS newest_timestamp,
    max(newest_past) AS newest_past_timestamp,
    max(fetched_at) AS newest_fetched_at,
    epoch(any_value(moment) - max(newest_past)) / 3600 AS age_hours,
    sum(rows)::BIGINT AS rows,
    string_agg(source, ', ' ORDER BY source) AS sources,
    coalesce(sum(rows) FILTER (source = 'synthetic'), 0)::BIGINT AS synthetic_rows
FROM by_source, clock
GROUP BY dataset
ORDER BY dataset;
