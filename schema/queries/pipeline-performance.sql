-- theme: upkeep
-- description: What each upstream brought: records fetched, inserted, updated, rejected, and bytes
-- param: hours int = 24 : how many hours back
-- needs: api_logs : gridctl fetch
-- chart: bar api_name : records_inserted records_updated records_rejected : rows
-- example: gridctl query pipeline-performance --param hours=168
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
)
SELECT
    api_name,
    count(*) AS calls,
    sum(records_fetched)::BIGINT AS records_fetched,
    sum(records_inserted)::BIGINT AS records_inserted,
    sum(records_updated)::BIGINT AS records_updated,
    sum(records_rejected)::BIGINT AS records_rejected,
    100.0 * sum(records_rejected) / nullif(sum(records_fetched), 0) AS rejected_pct,
    sum(bytes)::BIGINT AS bytes,
    max(request_timestamp) AS last_call
FROM api_logs, clock
WHERE request_timestamp >= moment - to_hours($hours) AND request_timestamp <= moment
GROUP BY api_name
ORDER BY records_inserted DESC, api_name;
