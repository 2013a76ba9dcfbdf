-- theme: jobs
-- description: Negotiations between agents, newest first
-- param: status proposed|negotiating|accepted|rejected|completed = none : only those in this state
-- empty: no data yet: no negotiation is recorded
-- example: gridctl query negotiations --param status=accepted
SELECT
    talk.negotiation_id, talk.sequence, initiator.agent_name AS initiator,
    responder.agent_name AS responder, talk.negotiation_type, workload.workload_name,
    talk.status, talk.outcome, talk.started_at, talk.completed_at, talk.proposal,
    talk.counter_proposal
FROM agent_negotiations AS talk
JOIN agents AS initiator ON initiator.id = talk.initiator_agent_id
LEFT JOIN agents AS responder ON responder.id = talk.responder_agent_id
LEFT JOIN compute_workloads AS workload ON workload.id = talk.workload_id
WHERE $status::VARCHAR IS NULL OR talk.status = $status::VARCHAR
ORDER BY talk.started_at DESC, talk.negotiation_id, talk.sequence;
