-- What the synthetic source does not make, so that every query in queries.md has an answer to show:
-- jobs and decisions, a negotiation, a flexibility event, a failed call, a gap. Around 2026-05-06.

DELETE FROM carbon_intensity_national
WHERE timestamp >= TIMESTAMPTZ '2026-04-25 03:00:00Z' AND timestamp < TIMESTAMPTZ '2026-04-25 04:30:00Z';

INSERT INTO api_logs (id, api_name, endpoint, request_timestamp, response_timestamp, status_code,
    attempts, bytes, records_fetched, records_inserted, records_updated, records_rejected,
    error_message)
VALUES (natural_id('api_logs', 'sample'), 'neso', '/api/3/action/package_show',
    TIMESTAMPTZ '2026-05-06 11:00:00Z', TIMESTAMPTZ '2026-05-06 11:00:02Z', 503, 4, 162, 0, 0, 0, 0,
    '503 Service Unavailable');

INSERT INTO agents (id, agent_name, agent_type)
VALUES (natural_id('agents', 'north-cluster'), 'north-cluster', 'compute_operator'),
       (natural_id('agents', 'grid'), 'grid', 'grid_operator');

INSERT INTO compute_assets (id, asset_name, asset_type, region_id, rated_power_kw)
VALUES (natural_id('compute_assets', 'north'), 'north', 'ai_training_cluster',
    region('North East England'), 2000);

INSERT INTO compute_workloads (id, workload_name, asset_id, workload_type,
    estimated_duration_hours, estimated_energy_kwh, max_carbon_intensity_gco2_kwh,
    earliest_start, latest_completion, requested_start, scheduled_start, scheduled_end, status,
    actual_start, actual_end, actual_energy_kwh, carbon_emitted_kg, created_at)
VALUES
    (natural_id('compute_workloads', '1'), 'nightly index', NULL, 'batch_processing', 2, 400, NULL,
     TIMESTAMPTZ '2026-05-05 18:00:00Z', TIMESTAMPTZ '2026-05-06 06:00:00Z',
     TIMESTAMPTZ '2026-05-05 18:00:00Z', TIMESTAMPTZ '2026-05-06 02:00:00Z',
     TIMESTAMPTZ '2026-05-06 04:00:00Z', 'completed', TIMESTAMPTZ '2026-05-06 02:00:00Z',
     TIMESTAMPTZ '2026-05-06 04:05:00Z', 412, 26.8, TIMESTAMPTZ '2026-05-05 17:30:00Z'),
    (natural_id('compute_workloads', '2'), 'LLM training', natural_id('compute_assets', 'north'),
     'ai_training', 4, 5000, NULL,
     TIMESTAMPTZ '2026-05-06 09:00:00Z', TIMESTAMPTZ '2026-05-07 18:00:00Z',
     TIMESTAMPTZ '2026-05-06 09:00:00Z', TIMESTAMPTZ '2026-05-07 05:30:00Z',
     TIMESTAMPTZ '2026-05-07 09:30:00Z', 'scheduled', NULL, NULL, NULL, NULL,
     TIMESTAMPTZ '2026-05-06 08:55:00Z'),
    (natural_id('compute_workloads', '3'), 'render queue', NULL, 'batch_processing', 3, 900, 110,
     TIMESTAMPTZ '2026-05-06 12:00:00Z', TIMESTAMPTZ '2026-05-07 12:00:00Z',
     TIMESTAMPTZ '2026-05-06 12:00:00Z', NULL, NULL, 'pending', NULL, NULL, NULL, NULL,
     TIMESTAMPTZ '2026-05-06 11:50:00Z');

INSERT INTO workload_schedules (id, sequence, workload_id, decision_timestamp, action,
    original_start, new_start, new_end, region_id, reason, carbon_intensity_at_decision,
    expected_carbon_kg, baseline_carbon_kg, expected_cost_gbp, baseline_cost_gbp,
    decision_factors, row_hash)
VALUES
    (natural_id('workload_schedules', '1'), 1, natural_id('compute_workloads', '1'),
     TIMESTAMPTZ '2026-05-05 17:30:00Z', 'defer', TIMESTAMPTZ '2026-05-05 18:00:00Z',
     TIMESTAMPTZ '2026-05-06 02:00:00Z', TIMESTAMPTZ '2026-05-06 04:00:00Z', NULL,
     'deferred 8h: 65 g/kWh instead of 164', 164, 26.0, 65.6, NULL, NULL,
     '{"signal": {"is_synthetic": true}}', sha256('sample 1')),
    (natural_id('workload_schedules', '2'), 2, natural_id('compute_workloads', '2'),
     TIMESTAMPTZ '2026-05-06 08:55:00Z', 'defer', TIMESTAMPTZ '2026-05-06 09:00:00Z',
     TIMESTAMPTZ '2026-05-07 05:30:00Z', TIMESTAMPTZ '2026-05-07 09:30:00Z', region('North East England'),
     'deferred 20h30m: 52 g/kWh instead of 81', 81, 260.0, 405.0, 310.5, 402.0,
     '{"signal": {"is_synthetic": true}}', sha256('sample 2'));

INSERT INTO agent_negotiations (id, negotiation_id, sequence, initiator_agent_id,
    responder_agent_id, negotiation_type, workload_id, proposal, status, outcome, started_at,
    completed_at)
VALUES
    (natural_id('agent_negotiations', 'n-1|1'), 'n-1', 1, natural_id('agents', 'north-cluster'),
     natural_id('agents', 'grid'), 'flexibility_bid', natural_id('compute_workloads', '2'),
     '{"turn_down_mw": 1.2}', 'accepted', 'paid as bid', TIMESTAMPTZ '2026-05-06 09:05:00Z',
     TIMESTAMPTZ '2026-05-06 09:20:00Z');

INSERT INTO flexibility_prices (id, service_type, record_type, event_id, timestamp, zone,
    provider_unit, direction, price_gbp_mwh, volume_mw, cost_gbp, status, source, fetched_at,
    payload_id)
SELECT natural_id('flexibility_prices', concat_ws('|', record_type, half_hour, unit)), 'dfs',
       record_type, 'sample', TIMESTAMPTZ '2026-05-05 17:00:00Z' + half_hour * INTERVAL 30 MINUTE, '',
       unit, 'turn_down', price, volume, cost, status, 'synthetic',
       TIMESTAMPTZ '2026-05-06 12:10:00Z', natural_id('payloads', 'sample')
FROM range(2) AS half_hours(half_hour),
     (VALUES ('requirement', '', NULL, 300, NULL, 'live'),
             ('bid', 'UNIT-01', 180, 20, NULL, 'accepted'),
             ('bid', 'UNIT-02', 240, 35, NULL, 'accepted'),
             ('bid', 'UNIT-03', 610, 12, NULL, 'rejected'),
             ('summary', '', 218.18, 55, 6000, 'live'))
         AS records(record_type, unit, price, volume, cost, status);
