-- Each Beckn window as last seen, as the view of this name in schema/views tells it.
CREATE VIEW latest_grid_conditions AS
WITH snapshot AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (
            PARTITION BY compute_window_id ORDER BY snapshot_timestamp DESC, fetched_at DESC
        ) AS place
        FROM grid_snapshots
    ) WHERE place = 1
),
newest_offers AS (
    SELECT * FROM (
        SELECT *, rank() OVER (
            PARTITION BY compute_window_id ORDER BY snapshot_timestamp DESC) AS age
        FROM offers
    ) WHERE age = 1
),
cheapest AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (
            PARTITION BY compute_window_id ORDER BY price_value, offer_id) AS place
        FROM newest_offers
        WHERE price_currency = 'GBP' AND price_value IS NOT NULL
    ) WHERE place = 1
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
