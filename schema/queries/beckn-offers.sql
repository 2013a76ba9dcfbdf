-- theme: flexibility
-- description: Offers for Beckn compute windows of the coming hours, cheapest first in each currency and unit
-- param: hours int = 48 : how many hours ahead
-- param: currency text = none : only offers in this currency, as GBP
-- needs: offers : gridctl fetch beckn
-- note: Prices are as offered, never converted: rank counts within one currency and unit
-- example: gridctl query beckn-offers --param currency=GBP --limit 5
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
seen AS (
    SELECT snapshot.*, moment
    FROM grid_snapshots AS snapshot, clock
    WHERE snapshot_timestamp <= moment
    QUALIFY row_number() OVER (
        PARTITION BY compute_window_id ORDER BY snapshot_timestamp DESC, fetched_at DESC) = 1
),
-- The newest set of offers for a window, whose moment need not equal the snapshot's.
newest_offers AS (
    SELECT offer.*
    FROM offers AS offer, clock
    WHERE snapshot_timestamp <= moment
    QUALIFY rank() OVER (PARTITION BY compute_window_id ORDER BY snapshot_timestamp DESC) = 1
)
SELECT
    offered.window_name,
    rank() OVER (
        PARTITION BY offer.price_currency, offer.price_unit
        ORDER BY offer.price_value NULLS LAST) AS rank,
    offer.price_value,
    offer.price_currency,
    offer.price_unit,
    offer.price_stability,
    seen.window_start,
    seen.window_end,
    seen.carbon_intensity,
    seen.available_capacity_mw,
    offered.provider_name,
    offer.offer_id,
    offer.snapshot_timestamp,
    'synthetic' IN (offer.source, seen.source) AS is_synthetic
FROM newest_offers AS offer
JOIN seen ON seen.compute_window_id = offer.compute_window_id
JOIN compute_windows AS offered ON offered.id = offer.compute_window_id
WHERE seen.window_end > seen.moment AND seen.window_start < seen.moment + to_hours($hours)
  AND ($currency::VARCHAR IS NULL OR offer.price_currency = upper($currency::VARCHAR))
ORDER BY offer.price_currency, offer.price_unit, rank, seen.window_start, offer.offer_id;
