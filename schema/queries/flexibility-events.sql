-- theme: flexibility
-- description: Flexibility events such as the DFS: what was required, what was bid, what was procured at what price
-- param: hours int = 744 : how many hours back; those announced for the coming week are listed too
-- param: service text = none : only this service, as dfs
-- needs: flexibility_prices : gridctl fetch dfs
-- note: procured_mwh, cost and mean price are the publisher's summary; bids are those stored, paid as bid
-- note: a missing figure is not published or not stored, never nothing
-- chart: bar event_start : procured_mwh : MWh
-- example: gridctl query flexibility-events --param hours=168
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
)
SELECT
    event_id,
    service_type,
    direction,
    min(status) FILTER (record_type <> 'bid') AS event_kind,
    min(timestamp) AS event_start,
    max(timestamp) + INTERVAL 30 MINUTE AS event_end,
    max(volume_mw) FILTER (record_type = 'requirement') AS required_mw,
    max(price_gbp_mwh) FILTER (record_type = 'requirement') AS guaranteed_price_gbp_mwh,
    -- a row is half an hour at so many MW
    sum(volume_mw) FILTER (record_type = 'summary') / 2 AS procured_mwh,
    sum(cost_gbp) FILTER (record_type = 'summary') AS cost_gbp,
    sum(cost_gbp) FILTER (record_type = 'summary')
        / nullif(sum(volume_mw) FILTER (record_type = 'summary' AND cost_gbp IS NOT NULL) / 2, 0)
        AS mean_price_gbp_mwh,
    nullif(count(*) FILTER (record_type = 'bid'), 0) AS bids,
    sum(volume_mw) FILTER (record_type = 'bid') / 2 AS bid_mwh,
    CASE WHEN bids > 0 THEN count(*) FILTER (record_type = 'bid' AND status = 'accepted') END
        AS accepted_bids,
    sum(volume_mw) FILTER (record_type = 'bid' AND status = 'accepted') / 2 AS accepted_mwh,
    min(price_gbp_mwh) FILTER (record_type = 'bid' AND status = 'accepted')
        AS lowest_accepted_gbp_mwh,
    max(price_gbp_mwh) FILTER (record_type = 'bid' AND status = 'accepted')
        AS highest_accepted_gbp_mwh,
    bool_or(source = 'synthetic') AS is_synthetic
FROM flexibility_prices, clock
WHERE timestamp >= moment - to_hours($hours) AND timestamp < moment + INTERVAL 7 DAY
  AND ($service::VARCHAR IS NULL OR service_type = lower($service::VARCHAR))
GROUP BY service_type, event_id, direction
ORDER BY event_start DESC, service_type, event_id, direction;
