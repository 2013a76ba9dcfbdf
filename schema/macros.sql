-- Macros stored in the file, for whoever opens it with any DuckDB shell.

-- The present, or the past moment asked for with SET VARIABLE as_of = TIMESTAMPTZ '...'.
CREATE OR REPLACE MACRO as_of_now() AS coalesce(getvariable('as_of')::TIMESTAMPTZ, now());

-- UTC start of a settlement period; the 46 and 50 period days come out right.
CREATE OR REPLACE MACRO sp_to_utc(settlement_date, settlement_period) AS
    timezone('Europe/London', settlement_date::DATE::TIMESTAMP)
    + to_minutes(30 * (settlement_period::BIGINT - 1));

-- The settlement date and period of an instant, as a struct.
CREATE OR REPLACE MACRO utc_to_settlement(ts) AS {
    'settlement_date': timezone('Europe/London', ts)::DATE,
    'settlement_period': date_diff(
        'minute',
        timezone('Europe/London', timezone('Europe/London', ts)::DATE::TIMESTAMP),
        ts
    ) // 30 + 1
};

-- The clock on the wall in Great Britain.
CREATE OR REPLACE MACRO gb_local(ts) AS timezone('Europe/London', ts);

-- The id of a region by number, letter, code or name: WHERE region_id = region('London').
CREATE OR REPLACE MACRO region(name) AS (
    SELECT id FROM uk_regions
    WHERE upper(name::VARCHAR) IN (region_number::VARCHAR, gsp_group, region_code)
       OR replace(lower(name::VARCHAR), '&', 'and')
          IN (lower(region_name), replace(lower(short_name), '&', 'and'))
    LIMIT 1
);

-- Name-based UUID (RFC 9562, version 5) of a row: natural_id('uk_regions', '13'). The namespace is
-- uuid5(NAMESPACE_URL, 'gridctl'), so the same row has the same id on every machine.
CREATE OR REPLACE MACRO uuid5_of_sha1(h) AS (
    h[1:8] || '-' || h[9:12] || '-5' || h[14:16] || '-'
    || '89ab'[(instr('0123456789abcdef', h[17]) - 1) % 4 + 1] || h[18:20] || '-' || h[21:32]
)::UUID;
CREATE OR REPLACE MACRO natural_id(table_name, natural_key) AS
    uuid5_of_sha1(sha1(from_hex('9d452877fd755687ae7b827271318fa6') || encode(table_name || '|' || natural_key)));
