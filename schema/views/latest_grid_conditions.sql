-- Each Beckn compute window as last seen, with its cheapest offer in pounds.
-- Latest per window: windows are not all seen at the same moment. Offers are as-of too: the newest
-- set of offers for the window, whose moment need not equal the snapshot's.
CREATE OR REPLACE VIEW latest_grid_conditions AS
WITH snapshot AS (
    SELECT * FROM grid_snapshots
    QUALIFY row_number() OVER (
        PARTITION BY compute_window_id ORDER BY snapshot_timestamp DESC, fetched_at DESC) = 1
),
newest_offers AS (
    SELECT * FROM offers
    QUALIFY rank() OVER (PARTITION BY compute_window_id ORDER BY snapshot_timestamp DESC) = 1
),
cheapest AS (
    SELECT * FROM newest_offers
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
