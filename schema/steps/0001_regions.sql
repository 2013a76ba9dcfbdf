-- The 14 distribution regions. Facts come from seeds/uk_regions.csv.
-- No index but the primary key, and no LIST column: an UPDATE of such a column in a table that
-- others reference fails in DuckDB. Lists are JSON.
CREATE TABLE uk_regions (
    id                 UUID PRIMARY KEY,        -- natural_id('uk_regions', region_number)
    region_number      SMALLINT NOT NULL CHECK (region_number BETWEEN 1 AND 14),
    region_code        VARCHAR  NOT NULL,       -- settlement group, _A to _P
    gsp_group          VARCHAR  NOT NULL,       -- its letter
    region_name        VARCHAR  NOT NULL,
    short_name         VARCHAR  NOT NULL,       -- as the Carbon Intensity API spells it
    dno_name           VARCHAR  NOT NULL,
    postcode_areas     JSON     NOT NULL,       -- each area to its main region; areas cross borders
    latitude           DOUBLE   NOT NULL CHECK (latitude BETWEEN 49 AND 61),
    longitude          DOUBLE   NOT NULL CHECK (longitude BETWEEN -9 AND 3),
    demand_share       DOUBLE   NOT NULL CHECK (demand_share BETWEEN 0 AND 100),  -- per cent of GB
    demand_share_basis VARCHAR  NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);
