-- Each Beckn compute window as last seen, with its cheapest offer in pounds.
-- Latest per window: windows are not all seen at the same moment. Offers are as-of too: the newest
-- set of offers for the window, whose moment need not equal the snapshot's.
CREATE OR REPLACE VIEW latest_grid_conditions AS
WITH newest_snapshots AS (  -- found by the maximum: a year of rows is not put in order for it
    SELECT compute_window_id, max(snapshot_timestamp) AS snapshot_timestamp
    FROM grid_snapshots
    GROUP BY compute_window_id
),
snapshot AS (
    SELECT grid_snapshots.*
    FROM grid_snapshots JOIN newest_snapshots USING (compute_window_id, snapshot_timestamp)
    QUALIFY row_number() OVER (PARTITION BY compute_window_id ORDER BY fetched_at DESC) = 1
),
newest_offers AS (
    SELECT compute_window_id, max(snapshot_timestamp) AS snapshot_timestamp
    FROM offers
    GROUP BY compute_window_id
),
cheapest AS (
    SELECT offers.*
    FROM offers JOIN newest_offers USING (compute_window_id, snapshot_timestamp)
    WHERE price_currency = 'GBP' AND price_value IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY compute_window_id ORDER BY price_value, offer_id) = 1
)
SELECT
    compute.window_name,
    zone.grid_area,
    zone.grid_zone_code,
    zone.locality,
    snapshot.renewable_mix,
    snapshot.carbon_intensity,
    snapshot.available_capacity_mw,
    cheapest.price_value AS beckn_price_value,
    cheapest.price_currency,
    snapshot.window_start,
    snapshot.window_end,
    snapshot.snapshot_timestamp,
    cheapest.price_unit,
    'synthetic' IN (snapshot.source, coalesce(cheapest.source, '')) AS is_synthetic
FROM snapshot
JOIN compute_windows AS compute ON compute.id = snapshot.compute_window_id
LEFT JOIN grid_zones AS zone ON zone.id = compute.grid_zone_id
LEFT JOIN cheapest ON cheapest.compute_window_id = snapshot.compute_window_id;
