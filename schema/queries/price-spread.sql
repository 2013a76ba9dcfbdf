-- theme: prices
-- description: Two prices of electricity side by side, half hour by half hour, and how far apart they are
-- param: hours int = 48 : how many hours back
-- param: of market_index|system_price|day_ahead_auction = system_price : this price
-- param: against market_index|system_price|day_ahead_auction = market_index : less this one
-- needs: wholesale_prices : gridctl fetch elexon
-- note: The spread of the system price over the market index is what being out of balance costs
-- chart: line timestamp : price_gbp_mwh against_gbp_mwh spread_gbp_mwh : GBP/MWh
-- example: gridctl query price-spread --param of=market_index --param against=day_ahead_auction
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
)
SELECT
    timestamp,
    max(price_gbp_mwh) FILTER (price_type = $of) AS price_gbp_mwh,
    max(price_gbp_mwh) FILTER (price_type = $against) AS against_gbp_mwh,
    max(price_gbp_mwh) FILTER (price_type = $of)
        - max(price_gbp_mwh) FILTER (price_type = $against) AS spread_gbp_mwh,
    bool_or(source = 'synthetic') AS is_synthetic
FROM wholesale_prices, clock
WHERE timestamp >= moment - to_hours($hours) AND timestamp <= moment
  AND price_type IN ($of, $against) AND region_number IS NULL
GROUP BY timestamp
ORDER BY timestamp;
