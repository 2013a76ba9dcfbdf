-- theme: prices
-- description: Electricity prices up to now, in GBP/MWh
-- param: hours int = 48 : how many hours back
-- param: type market_index|system_price|day_ahead_auction|agile_retail = market_index : which price
-- param: region region = none : region of a retail tariff; wholesale has one price for Great Britain
-- needs: wholesale_prices : gridctl fetch elexon
-- empty: no price of this kind in these hours; only agile_retail has regions
-- chart: line timestamp by place : price_gbp_mwh : GBP/MWh
-- example: gridctl query price-trend --param type=day_ahead_auction
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
)
SELECT
    price.timestamp, price.price_type, coalesce(region.region_name, 'Great Britain') AS place,
    price.price_gbp_mwh, price.volume_mwh, price.settlement_date, price.settlement_period,
    price.source = 'synthetic' AS is_synthetic
FROM wholesale_prices AS price
LEFT JOIN uk_regions AS region ON region.region_number = price.region_number,
clock
WHERE price.timestamp >= moment - to_hours($hours) AND price.timestamp <= moment
  AND price.price_type = $type
  AND ($region::INTEGER IS NULL OR price.region_number = $region::INTEGER)
ORDER BY price.timestamp, place;
