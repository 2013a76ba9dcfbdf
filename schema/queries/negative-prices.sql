-- theme: prices
-- description: Stretches of negative prices up to now: when, how long, their mean and their lowest
-- param: hours int = 744 : how many hours back
-- param: type market_index|system_price|day_ahead_auction|agile_retail = market_index : which price
-- param: region region = none : region of a retail tariff; wholesale has one price for Great Britain
-- needs: wholesale_prices : gridctl fetch elexon
-- empty: no price of this kind was negative in these hours
-- note: A half hour without a price ends a stretch, as does a price of exactly 0
-- chart: bar start : lowest_price_gbp_mwh : GBP/MWh
-- example: gridctl query negative-prices --param type=day_ahead_auction
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
negative AS (
    SELECT
        price.*,
        -- the same for all half hours of one stretch
        timestamp - to_minutes(30 * row_number() OVER (
            PARTITION BY price.region_number ORDER BY timestamp)) AS stretch
    FROM wholesale_prices AS price, clock
    WHERE price.timestamp >= moment - to_hours($hours) AND price.timestamp <= moment
      AND price.price_type = $type AND price.price_gbp_mwh < 0
      AND ($region::INTEGER IS NULL OR price.region_number = $region::INTEGER)
)
SELECT
    min(timestamp) AS start,
    max(timestamp) + INTERVAL 30 MINUTE AS "end",
    count(*) / 2 AS hours,
    coalesce(region.region_name, 'Great Britain') AS place,
    avg(price_gbp_mwh) AS mean_price_gbp_mwh,
    min(price_gbp_mwh) AS lowest_price_gbp_mwh,
    arg_min(timestamp, price_gbp_mwh) AS lowest_at,
    sum(volume_mwh) AS volume_mwh,
    bool_or(source = 'synthetic') AS is_synthetic
FROM negative
LEFT JOIN uk_regions AS region ON region.region_number = negative.region_number
GROUP BY negative.region_number, place, stretch
ORDER BY start, place;
