-- theme: flexibility
-- description: Grid areas by the Beckn compute windows they offer within the coming hours, cleanest first
-- param: hours int = 48 : how many hours ahead
-- needs: grid_snapshots : gridctl fetch beckn
-- note: Prices are compared in GBP per kWh alone; others are in beckn-offers
-- chart: bar grid_area : mean_carbon_intensity min_carbon_intensity : g/kWh
-- example: gridctl query beckn-zones --param hours=24
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
seen AS (
    SELECT snapshot.*
    FROM grid_snapshots AS snapshot, clock
    WHERE snapshot_timestamp <= moment
    QUALIFY row_number() OVER (
        PARTITION BY compute_window_id ORDER BY snapshot_timestamp DESC, fetched_at DESC) = 1
),
ahead AS (
    SELECT seen.*
    FROM seen, clock
    WHERE window_end > moment AND window_start < moment + to_hours($hours)
),
-- The newest set of offers for a window, whose moment need not equal the snapshot's.
newest_offers AS (
    SELECT offer.*
    FROM offers AS offer, clock
    WHERE snapshot_timestamp <= moment
    QUALIFY rank() OVER (PARTITION BY compute_window_id ORDER BY snapshot_timestamp DESC) = 1
),
cheapest AS (
    SELECT compute_window_id, min(price_value) AS price_gbp_kwh,
           bool_or(source = 'synthetic') AS is_synthetic
    FROM newest_offers
    WHERE price_currency = 'GBP' AND price_unit = 'per_kWh'
    GROUP BY compute_window_id
)
SELECT
    coalesce(zone.grid_area, 'unknown') AS grid_area,
    count(*) AS windows,
    sum(ahead.available_capacity_mw) AS available_capacity_mw,
    avg(ahead.carbon_intensity) AS mean_carbon_intensity,
    min(ahead.carbon_intensity) AS min_carbon_intensity,
    avg(ahead.renewable_mix) AS mean_renewable_mix,
    min(cheapest.price_gbp_kwh) AS lowest_price_gbp_kwh,
    min(ahead.window_start) AS first_window_start,
    bool_or('synthetic' = ahead.source OR coalesce(cheapest.is_synthetic, FALSE)) AS is_synthetic
FROM ahead
JOIN compute_windows AS offered ON offered.id = ahead.compute_window_id
LEFT JOIN grid_zones AS zone ON zone.id = offered.grid_zone_id
LEFT JOIN cheapest ON cheapest.compute_window_id = ahead.compute_window_id
GROUP BY ALL
ORDER BY mean_carbon_intensity, grid_area;
