-- theme: upkeep
-- description: Calls to each upstream: how many, how many failed, how long they took
-- param: hours int = 24 : how many hours back
-- needs: api_logs : gridctl fetch
-- chart: bar api_name : mean_seconds max_seconds : s
-- example: gridctl query api-health --param hours=168
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
)
SELECT
    api_name,
    count(*) AS calls,
    count(error_message) AS errors,
    100.0 * count(error_message) / count(*) AS error_pct,
    avg(epoch(response_timestamp - request_timestamp)) AS mean_seconds,
    max(epoch(response_timestamp - request_timestamp)) AS max_seconds,
    sum(attempts)::BIGINT AS attempts,
    max(request_timestamp) AS last_call,
    arg_max(status_code, request_timestamp) AS last_status,
    max(request_timestamp) FILTER (error_message IS NOT NULL) AS last_error_at,
    arg_max(error_message, request_timestamp) FILTER (error_message IS NOT NULL) AS last_error
FROM api_logs, clock
WHERE request_timestamp >= moment - to_hours($hours) AND request_timestamp <= moment
GROUP BY api_name
ORDER BY api_name;
