-- The state of the grid. `timestamp` is the START of the half hour, UTC.
-- Every table of fetched data ends with where a row came from:
--   source         who said it ('synthetic' is made up and labelled so everywhere)
--   fetched_at     the moment the newest payload that spoke of the row speaks of (its as_of)
--   payload_id     that payload, in the landing journal
--   older_fields   NULL, or the versions of fields whose value an older payload brought, because
--                  the newer one said nothing about them: {"actual_gco2_kwh": "<as_of>/<payload>"}

CREATE TABLE carbon_intensity_national (
    id                 UUID PRIMARY KEY,
    timestamp          TIMESTAMPTZ NOT NULL,
    forecast_gco2_kwh  DOUBLE,
    actual_gco2_kwh    DOUBLE,
    intensity_index    VARCHAR CHECK (intensity_index IN ('very low', 'low', 'moderate', 'high', 'very high')),
    forecast_issued_at TIMESTAMPTZ,             -- NULL when only the last revision is known
    source             VARCHAR NOT NULL,
    fetched_at         TIMESTAMPTZ NOT NULL,
    payload_id         UUID NOT NULL,
    older_fields       JSON,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE carbon_intensity_regional (
    id                 UUID PRIMARY KEY,
    region_number      SMALLINT NOT NULL CHECK (region_number BETWEEN 1 AND 14),
    region_id          UUID NOT NULL REFERENCES uk_regions (id),
    timestamp          TIMESTAMPTZ NOT NULL,
    forecast_gco2_kwh  DOUBLE,                  -- consumption-based; 0 and below are genuine
    intensity_index    VARCHAR CHECK (intensity_index IN ('very low', 'low', 'moderate', 'high', 'very high')),
    forecast_issued_at TIMESTAMPTZ,
    source             VARCHAR NOT NULL,
    fetched_at         TIMESTAMPTZ NOT NULL,
    payload_id         UUID NOT NULL,
    older_fields       JSON,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Shares are per cent of generation, as published: they sum to 100 but for rounding.
CREATE TABLE generation_mix_national (
    id              UUID PRIMARY KEY,
    timestamp       TIMESTAMPTZ NOT NULL,
    biomass_pct     DOUBLE NOT NULL,
    coal_pct        DOUBLE NOT NULL,
    imports_pct     DOUBLE NOT NULL,
    gas_pct         DOUBLE NOT NULL,
    nuclear_pct     DOUBLE NOT NULL,
    other_pct       DOUBLE NOT NULL,
    hydro_pct       DOUBLE NOT NULL,
    solar_pct       DOUBLE NOT NULL,
    wind_pct        DOUBLE NOT NULL,
    renewable_pct   DOUBLE NOT NULL,            -- wind + solar + hydro + biomass
    zero_carbon_pct DOUBLE NOT NULL,            -- wind + solar + hydro + nuclear
    source          VARCHAR NOT NULL,
    fetched_at      TIMESTAMPTZ NOT NULL,
    payload_id      UUID NOT NULL,
    older_fields    JSON,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE generation_mix_regional (
    id              UUID PRIMARY KEY,
    region_number   SMALLINT NOT NULL CHECK (region_number BETWEEN 1 AND 14),
    region_id       UUID NOT NULL REFERENCES uk_regions (id),
    timestamp       TIMESTAMPTZ NOT NULL,
    biomass_pct     DOUBLE NOT NULL,
    coal_pct        DOUBLE NOT NULL,
    imports_pct     DOUBLE NOT NULL,
    gas_pct         DOUBLE NOT NULL,
    nuclear_pct     DOUBLE NOT NULL,
    other_pct       DOUBLE NOT NULL,
    hydro_pct       DOUBLE NOT NULL,
    solar_pct       DOUBLE NOT NULL,
    wind_pct        DOUBLE NOT NULL,
    renewable_pct   DOUBLE NOT NULL,
    zero_carbon_pct DOUBLE NOT NULL,
    source          VARCHAR NOT NULL,
    fetched_at      TIMESTAMPTZ NOT NULL,
    payload_id      UUID NOT NULL,
    older_fields    JSON,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE demand_forecast_national (
    id                             UUID PRIMARY KEY,
    forecast_type                  VARCHAR NOT NULL
        CHECK (forecast_type IN ('day_ahead', 'two_day_ahead', 'seven_day_ahead', 'two_to_fourteen_day')),
    timestamp                      TIMESTAMPTZ NOT NULL,
    demand_mw                      DOUBLE,
    national_demand_mw             DOUBLE,
    transmission_system_demand_mw  DOUBLE,
    embedded_wind_generation_mw    DOUBLE,
    embedded_solar_generation_mw   DOUBLE,
    grid_stress_score              DOUBLE CHECK (grid_stress_score BETWEEN 0 AND 1),
    is_interpolated                BOOLEAN,            -- of the demand; NULL without one
    forecast_issued_at             TIMESTAMPTZ,
    source                         VARCHAR NOT NULL,
    fetched_at                     TIMESTAMPTZ NOT NULL,
    payload_id                     UUID NOT NULL,
    older_fields                   JSON,
    created_at                     TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at                     TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE demand_actual_national (
    id                             UUID PRIMARY KEY,
    timestamp                      TIMESTAMPTZ NOT NULL,
    demand_mw                      DOUBLE,
    national_demand_mw             DOUBLE,
    transmission_system_demand_mw  DOUBLE,
    embedded_wind_generation_mw    DOUBLE,
    embedded_solar_generation_mw   DOUBLE,
    grid_stress_score              DOUBLE CHECK (grid_stress_score BETWEEN 0 AND 1),
    settlement_date                DATE,
    settlement_period              SMALLINT CHECK (settlement_period BETWEEN 1 AND 50),
    source                         VARCHAR NOT NULL,
    fetched_at                     TIMESTAMPTZ NOT NULL,
    payload_id                     UUID NOT NULL,
    older_fields                   JSON,
    created_at                     TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at                     TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Nobody publishes demand by region: this is national demand x uk_regions.demand_share.
CREATE TABLE demand_regional (
    id            UUID PRIMARY KEY,
    region_number SMALLINT NOT NULL CHECK (region_number BETWEEN 1 AND 14),
    region_id     UUID NOT NULL REFERENCES uk_regions (id),
    timestamp     TIMESTAMPTZ NOT NULL,
    is_forecast   BOOLEAN NOT NULL,
    demand_mw     DOUBLE,
    method        VARCHAR NOT NULL,
    source        VARCHAR NOT NULL,
    fetched_at    TIMESTAMPTZ NOT NULL,
    payload_id    UUID NOT NULL,
    older_fields  JSON,
    created_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at    TIMESTAMPTZ NOT NULL DEFAULT now()
);
