-- Zones and agents come first: assets, workloads and decisions refer to them.
CREATE TABLE grid_zones (
    id             UUID PRIMARY KEY,
    zone_id        VARCHAR NOT NULL,
    zone_name      VARCHAR NOT NULL,
    grid_area      VARCHAR,
    grid_zone_code VARCHAR,
    locality       VARCHAR,
    region         VARCHAR,                     -- as the catalogue spells it; region_id is ours
    country        VARCHAR,
    latitude       DOUBLE CHECK (latitude BETWEEN -90 AND 90),
    longitude      DOUBLE CHECK (longitude BETWEEN -180 AND 180),
    region_id      UUID REFERENCES uk_regions (id),
    source         VARCHAR NOT NULL,
    fetched_at     TIMESTAMPTZ NOT NULL,
    payload_id     UUID NOT NULL,
    older_fields   JSON,
    created_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at     TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Never gains columns status, outcome, negotiation_type or started_at: users' own SQL joins it
-- unqualified with agent_negotiations.
CREATE TABLE agents (
    id           UUID PRIMARY KEY,
    agent_name   VARCHAR NOT NULL,
    agent_type   VARCHAR NOT NULL
        CHECK (agent_type IN ('compute_operator', 'grid_operator', 'storage_operator', 'orchestrator')),
    capabilities JSON,
    region_id    UUID REFERENCES uk_regions (id),
    grid_zone_id UUID REFERENCES grid_zones (id),
    is_active    BOOLEAN NOT NULL DEFAULT TRUE,
    metadata     JSON,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE compute_assets (
    id                            UUID PRIMARY KEY,
    asset_name                    VARCHAR NOT NULL,
    asset_type                    VARCHAR NOT NULL
        CHECK (asset_type IN ('ai_training_cluster', 'inference_server', 'hpc', 'edge_compute')),
    region_id                     UUID REFERENCES uk_regions (id),
    grid_zone_id                  UUID REFERENCES grid_zones (id),
    rated_power_kw                DOUBLE CHECK (rated_power_kw > 0),
    idle_power_kw                 DOUBLE CHECK (idle_power_kw >= 0),
    max_deferral_hours            DOUBLE CHECK (max_deferral_hours >= 0),
    carbon_intensity_cap_gco2_kwh DOUBLE CHECK (carbon_intensity_cap_gco2_kwh >= 0),
    min_renewable_pct             DOUBLE CHECK (min_renewable_pct BETWEEN 0 AND 100),
    is_active                     BOOLEAN NOT NULL DEFAULT TRUE,
    created_at                    TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at                    TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE compute_workloads (
    id                            UUID PRIMARY KEY,   -- random: names may repeat
    workload_name                 VARCHAR NOT NULL,
    asset_id                      UUID REFERENCES compute_assets (id),
    workload_type                 VARCHAR NOT NULL DEFAULT 'batch_processing'
        CHECK (workload_type IN ('ai_training', 'inference', 'batch_processing', 'real_time')),
    priority                      SMALLINT NOT NULL DEFAULT 50 CHECK (priority BETWEEN 0 AND 100),
    estimated_duration_hours      DOUBLE CHECK (estimated_duration_hours > 0),
    estimated_energy_kwh          DOUBLE CHECK (estimated_energy_kwh > 0),
    max_carbon_intensity_gco2_kwh DOUBLE,
    min_renewable_pct             DOUBLE CHECK (min_renewable_pct BETWEEN 0 AND 100),
    is_deferrable                 BOOLEAN NOT NULL DEFAULT TRUE,
    is_interruptible              BOOLEAN NOT NULL DEFAULT FALSE,
    earliest_start                TIMESTAMPTZ,
    latest_completion             TIMESTAMPTZ,
    requested_start               TIMESTAMPTZ,        -- when it would run anyway: the baseline
    scheduled_start               TIMESTAMPTZ,
    scheduled_end                 TIMESTAMPTZ,
    scheduled_region_id           UUID,               -- of uk_regions; DuckDB could not change it in a
                                                      -- row referred to, were it a foreign key
    actual_start                  TIMESTAMPTZ,
    actual_end                    TIMESTAMPTZ,
    actual_energy_kwh             DOUBLE CHECK (actual_energy_kwh >= 0),
    status                        VARCHAR NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'scheduled', 'deferred', 'running', 'completed',
                          'cancelled', 'infeasible', 'failed')),
    cost_gbp                      DOUBLE,
    carbon_emitted_kg             DOUBLE,
    flexibility_revenue_gbp       DOUBLE,
    metadata                      JSON,               -- metadata.request rebuilds the request
    created_at                    TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at                    TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- The audit trail: each row's hash covers its content and the hash of the row before it.
CREATE TABLE workload_schedules (
    id                            UUID PRIMARY KEY,
    sequence                      BIGINT NOT NULL,
    workload_id                   UUID NOT NULL REFERENCES compute_workloads (id),
    decision_timestamp            TIMESTAMPTZ NOT NULL,
    action                        VARCHAR NOT NULL
        CHECK (action IN ('schedule', 'defer', 'shift_region', 'reschedule', 'cancel', 'reject')),
    original_start                TIMESTAMPTZ,
    new_start                     TIMESTAMPTZ,
    new_end                       TIMESTAMPTZ,
    segments                      JSON,
    region_id                     UUID REFERENCES uk_regions (id),
    reason                        VARCHAR NOT NULL,
    carbon_intensity_at_decision  DOUBLE,
    renewable_mix_at_decision     DOUBLE,
    price_at_decision_gbp_mwh     DOUBLE,
    expected_carbon_kg            DOUBLE,
    expected_cost_gbp             DOUBLE,
    baseline_carbon_kg            DOUBLE,
    baseline_cost_gbp             DOUBLE,
    flexibility_revenue_gbp       DOUBLE,
    agent_id                      UUID REFERENCES agents (id),
    decision_factors              JSON,               -- signal vintage and kind, objective, caps, alternatives
    prev_hash                     VARCHAR,
    row_hash                      VARCHAR NOT NULL,
    created_at                    TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at                    TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE agent_negotiations (
    id                 UUID PRIMARY KEY,
    negotiation_id     VARCHAR NOT NULL,
    sequence           INTEGER NOT NULL,
    initiator_agent_id UUID NOT NULL REFERENCES agents (id),
    responder_agent_id UUID REFERENCES agents (id),
    negotiation_type   VARCHAR NOT NULL
        CHECK (negotiation_type IN ('workload_allocation', 'resource_sharing', 'flexibility_bid')),
    workload_id        UUID REFERENCES compute_workloads (id),
    proposal           JSON,
    counter_proposal   JSON,
    status             VARCHAR NOT NULL
        CHECK (status IN ('proposed', 'negotiating', 'accepted', 'rejected', 'completed')),
    outcome            VARCHAR,
    started_at         TIMESTAMPTZ NOT NULL,
    completed_at       TIMESTAMPTZ,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);
