-- Compute windows offered over Beckn, and the messages exchanged about them.
CREATE TABLE compute_windows (
    id                   UUID PRIMARY KEY,
    item_id              VARCHAR NOT NULL,
    window_name          VARCHAR NOT NULL,
    description          VARCHAR,
    grid_zone_id         UUID REFERENCES grid_zones (id),
    provider_id          VARCHAR,
    provider_name        VARCHAR,
    capacity_mw          DOUBLE CHECK (capacity_mw >= 0),
    reservation_required BOOLEAN,
    source               VARCHAR NOT NULL,
    fetched_at           TIMESTAMPTZ NOT NULL,
    payload_id           UUID NOT NULL,
    older_fields         JSON,
    created_at           TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at           TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE grid_snapshots (
    id                    UUID PRIMARY KEY,
    item_id               VARCHAR NOT NULL,
    snapshot_timestamp    TIMESTAMPTZ NOT NULL,
    compute_window_id     UUID NOT NULL REFERENCES compute_windows (id),
    window_start          TIMESTAMPTZ,
    window_end            TIMESTAMPTZ,
    renewable_mix         DOUBLE CHECK (renewable_mix BETWEEN 0 AND 100),
    carbon_intensity      DOUBLE,
    available_capacity_mw DOUBLE CHECK (available_capacity_mw >= 0),
    catalog_id            VARCHAR,
    transaction_id        VARCHAR,
    message_id            VARCHAR,
    extra                 JSON,
    source                VARCHAR NOT NULL,
    fetched_at            TIMESTAMPTZ NOT NULL,
    payload_id            UUID NOT NULL,
    older_fields          JSON,
    created_at            TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at            TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK (window_end > window_start)
);

CREATE TABLE offers (
    id                 UUID PRIMARY KEY,
    offer_id           VARCHAR NOT NULL,
    item_id            VARCHAR NOT NULL,
    snapshot_timestamp TIMESTAMPTZ NOT NULL,
    compute_window_id  UUID NOT NULL REFERENCES compute_windows (id),
    price_value        DOUBLE,                  -- per kWh when price_unit is per_kWh
    price_currency     VARCHAR,
    price_unit         VARCHAR,
    price_stability    VARCHAR,
    provider_id        VARCHAR,
    source             VARCHAR NOT NULL,
    fetched_at         TIMESTAMPTZ NOT NULL,
    payload_id         UUID NOT NULL,
    older_fields       JSON,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE beckn_transactions (
    id                UUID PRIMARY KEY,
    transaction_id    VARCHAR NOT NULL,
    message_id        VARCHAR NOT NULL,
    action            VARCHAR NOT NULL,
    bap_id            VARCHAR,
    bpp_id            VARCHAR,
    agent_id          UUID REFERENCES agents (id),
    workload_id       UUID REFERENCES compute_workloads (id),
    compute_window_id UUID REFERENCES compute_windows (id),
    request_payload   JSON,
    response_payload  JSON,
    http_status       SMALLINT,
    status            VARCHAR,
    timestamp         TIMESTAMPTZ NOT NULL,
    source            VARCHAR NOT NULL,
    fetched_at        TIMESTAMPTZ NOT NULL,
    payload_id        UUID NOT NULL,
    older_fields      JSON,
    created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at        TIMESTAMPTZ NOT NULL DEFAULT now()
);
