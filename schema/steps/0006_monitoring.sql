-- One row per call to an upstream, whatever came of it.
CREATE TABLE api_logs (
    id                 UUID PRIMARY KEY,        -- the call's id in the landing journal
    api_name           VARCHAR NOT NULL,
    endpoint           VARCHAR NOT NULL,
    request_timestamp  TIMESTAMPTZ NOT NULL,
    response_timestamp TIMESTAMPTZ,
    status_code        SMALLINT,                -- the real one; NULL when nobody answered
    attempts           SMALLINT NOT NULL,
    bytes              BIGINT,
    records_fetched    BIGINT NOT NULL,
    records_inserted   BIGINT NOT NULL,
    records_updated    BIGINT NOT NULL,
    records_rejected   BIGINT NOT NULL,
    error_message      VARCHAR,
    payload_id         UUID,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Every forecast as it was issued: what was known at T is the newest vintage issued at or before T.
CREATE TABLE forecast_vintages (
    id              UUID PRIMARY KEY,
    series          VARCHAR NOT NULL
        CHECK (series IN ('carbon_intensity', 'demand', 'demand_two_to_fourteen_day',
                          'embedded_wind', 'embedded_solar', 'wind', 'price')),
    region_number   SMALLINT CHECK (region_number BETWEEN 1 AND 14),
    region_id       UUID REFERENCES uk_regions (id),
    issued_at       TIMESTAMPTZ NOT NULL,
    first_timestamp TIMESTAMPTZ NOT NULL,
    step_minutes    SMALLINT NOT NULL CHECK (step_minutes > 0),
    forecast_values DOUBLE[] NOT NULL,          -- one per step; NULL inside for a gap
    source          VARCHAR NOT NULL,
    fetched_at      TIMESTAMPTZ NOT NULL,
    payload_id      UUID NOT NULL,
    older_fields    JSON,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT now()
);
