-- Great Britain has one wholesale price: `region` is NULL but for retail tariffs.
CREATE TABLE wholesale_prices (
    id                UUID PRIMARY KEY,
    price_type        VARCHAR NOT NULL
        CHECK (price_type IN ('market_index', 'system_price', 'day_ahead_auction', 'agile_retail')),
    timestamp         TIMESTAMPTZ NOT NULL,
    region_number     SMALLINT CHECK (region_number BETWEEN 1 AND 14),
    region_id         UUID REFERENCES uk_regions (id),
    price_gbp_mwh     DOUBLE NOT NULL,
    volume_mwh        DOUBLE,
    settlement_date   DATE,
    settlement_period SMALLINT CHECK (settlement_period BETWEEN 1 AND 50),
    source            VARCHAR NOT NULL,
    fetched_at        TIMESTAMPTZ NOT NULL,
    payload_id        UUID NOT NULL,
    older_fields      JSON,
    created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at        TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- A price is per MWh (utilisation) or per MW and hour (availability), never both.
CREATE TABLE flexibility_prices (
    id                UUID PRIMARY KEY,
    service_type      VARCHAR NOT NULL,         -- dfs, p415_wholesale, ...
    record_type       VARCHAR NOT NULL CHECK (record_type IN ('requirement', 'bid', 'summary')),
    event_id          VARCHAR NOT NULL,         -- two events can share one half hour
    timestamp         TIMESTAMPTZ NOT NULL,
    zone              VARCHAR NOT NULL,
    provider_unit     VARCHAR NOT NULL,         -- '' where absent
    direction         VARCHAR CHECK (direction IN ('turn_down', 'turn_up')),
    price_gbp_mwh     DOUBLE,
    price_gbp_mw_h    DOUBLE,
    volume_mw         DOUBLE,
    cost_gbp          DOUBLE,
    status            VARCHAR,
    source            VARCHAR NOT NULL,
    fetched_at        TIMESTAMPTZ NOT NULL,
    payload_id        UUID NOT NULL,
    older_fields      JSON,
    created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK (price_gbp_mwh IS NULL OR price_gbp_mw_h IS NULL)
);
