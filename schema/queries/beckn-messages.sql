-- theme: flexibility
-- description: Beckn messages exchanged, newest first: action, parties, window, what came of it
-- param: hours int = 744 : how many hours back
-- param: transaction text = none : only this transaction, by its id
-- needs: beckn_transactions : gridctl fetch beckn
-- example: gridctl query beckn-messages --param hours=168
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
)
SELECT
    message.timestamp, message.action, message.status, message.http_status,
    message.transaction_id, message.message_id, message.bap_id, message.bpp_id,
    offered.window_name, workload.workload_name, message.source = 'synthetic' AS is_synthetic
FROM clock, beckn_transactions AS message
LEFT JOIN compute_windows AS offered ON offered.id = message.compute_window_id
LEFT JOIN compute_workloads AS workload ON workload.id = message.workload_id
WHERE message.timestamp >= moment - to_hours($hours) AND message.timestamp <= moment
  AND ($transaction::VARCHAR IS NULL OR message.transaction_id = $transaction::VARCHAR)
ORDER BY message.timestamp DESC, message.transaction_id, message.action, message.message_id;
