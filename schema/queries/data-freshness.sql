-- theme: upkeep
-- description: How fresh each dataset is: newest row, newest past row, when it was fetched, from where
-- needs: carbon_intensity_national : gridctl fetch carbon-intensity
-- note: age_hours counts from the newest row that is not in the future
-- chart: bar dataset : age_hours : h
-- example: gridctl query data-freshness
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
-- One line per table and source, so that synthetic rows are counted apart from real ones.
counted AS (
    SELECT 'carbon_intensity_national' AS dataset, source, count(*) AS rows, max(timestamp) AS newest,
           max(timestamp) FILTER (timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM carbon_intensity_national, clock GROUP BY ALL
    UNION ALL
    SELECT 'carbon_intensity_regional' AS dataset, source, count(*) AS rows, max(timestamp) AS newest,
           max(timestamp) FILTER (timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM carbon_intensity_regional, clock GROUP BY ALL
    UNION ALL
    SELECT 'generation_mix_national' AS dataset, source, count(*) AS rows, max(timestamp) AS newest,
           max(timestamp) FILTER (timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM generation_mix_national, clock GROUP BY ALL
    UNION ALL
    SELECT 'generation_mix_regional' AS dataset, source, count(*) AS rows, max(timestamp) AS newest,
           max(timestamp) FILTER (timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM generation_mix_regional, clock GROUP BY ALL
    UNION ALL
    SELECT 'demand_forecast_national' AS dataset, source, count(*) AS rows, max(timestamp) AS newest,
           max(timestamp) FILTER (timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM demand_forecast_national, clock GROUP BY ALL
    UNION ALL
    SELECT 'demand_actual_national' AS dataset, source, count(*) AS rows, max(timestamp) AS newest,
           max(timestamp) FILTER (timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM demand_actual_national, clock GROUP BY ALL
    UNION ALL
    SELECT 'demand_regional' AS dataset, source, count(*) AS rows, max(timestamp) AS newest,
           max(timestamp) FILTER (timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM demand_regional, clock GROUP BY ALL
    UNION ALL
    SELECT 'wholesale_prices: ' || price_type AS dataset, source, count(*) AS rows, max(timestamp) AS newest,
           max(timestamp) FILTER (timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM wholesale_prices, clock GROUP BY ALL
    UNION ALL
    SELECT 'flexibility_prices: ' || service_type AS dataset, source, count(*) AS rows, max(timestamp) AS newest,
           max(timestamp) FILTER (timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM flexibility_prices, clock GROUP BY ALL
    UNION ALL
    SELECT 'grid_snapshots' AS dataset, source, count(*) AS rows, max(snapshot_timestamp) AS newest,
           max(snapshot_timestamp) FILTER (snapshot_timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM grid_snapshots, clock GROUP BY ALL
    UNION ALL
    SELECT 'offers' AS dataset, source, count(*) AS rows, max(snapshot_timestamp) AS newest,
           max(snapshot_timestamp) FILTER (snapshot_timestamp <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM offers, clock GROUP BY ALL
    UNION ALL
    SELECT 'forecast_vintages: ' || series AS dataset, source, count(*) AS rows, max(issued_at) AS newest,
           max(issued_at) FILTER (issued_at <= moment) AS newest_past, max(fetched_at) AS fetched_at
    FROM forecast_vintages, clock GROUP BY ALL
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
FROM counted, clock
GROUP BY dataset
ORDER BY dataset;
