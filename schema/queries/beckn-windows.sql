-- theme: flexibility
-- description: Beckn compute windows open within the coming hours, as last seen, soonest first
-- param: hours int = 48 : how many hours ahead
-- param: region region = none : only windows in this region
-- needs: grid_snapshots : gridctl fetch beckn
-- note: A window that is open already is listed too; conditions are the provider's own figures
-- chart: bar window_name : carbon_intensity : g/kWh
-- example: gridctl query beckn-windows --param hours=24 --param region=2
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
seen AS (
    SELECT snapshot.*, moment, count(*) OVER (PARTITION BY compute_window_id) AS snapshots
    FROM grid_snapshots AS snapshot, clock
    WHERE snapshot_timestamp <= moment
    QUALIFY row_number() OVER (
        PARTITION BY compute_window_id ORDER BY snapshot_timestamp DESC, fetched_at DESC) = 1
)
SELECT
    offered.window_name,
    zone.grid_area,
    zone.locality,
    region.region_number,
    seen.window_start,
    seen.window_end,
    greatest(0, epoch(seen.window_start - seen.moment) / 3600) AS hours_until_start,
    seen.carbon_intensity,
    seen.renewable_mix,
    seen.available_capacity_mw,
    offered.reservation_required,
    offered.provider_name,
    seen.snapshots,
    seen.snapshot_timestamp,
    seen.source = 'synthetic' AS is_synthetic
FROM seen
JOIN compute_windows AS offered ON offered.id = seen.compute_window_id
LEFT JOIN grid_zones AS zone ON zone.id = offered.grid_zone_id
LEFT JOIN uk_regions AS region ON region.id = zone.region_id
WHERE seen.window_end > seen.moment AND seen.window_start < seen.moment + to_hours($hours)
  AND ($region::INTEGER IS NULL OR region.region_number = $region::INTEGER)
ORDER BY seen.window_start, offered.window_name, offered.item_id;
