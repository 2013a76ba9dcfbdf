-- Every awkward type and value: usual ones, extremes, and nothing at all.
SELECT * FROM (
    SELECT
        1 AS "row",
        TIMESTAMPTZ '2025-10-26 00:30:00+00' AS moment,
        TIMESTAMP '2025-07-01 15:00:00' AS naive,
        DATE '2025-07-01' AS "day",
        TIME '09:30:00' AS clock,
        INTERVAL '4 hours 30 minutes' AS span,
        12.50::DECIMAL(10, 2) AS money,
        (1267650600228229401496703205376)::HUGEINT AS big,
        255::UTINYINT AS small,
        0.1::DOUBLE + 0.2::DOUBLE AS share,
        1.5::FLOAT AS single,
        true AS yes,
        '00000000-0000-0000-0000-0000000000ff'::UUID AS id,
        '\x00\xFF'::BLOB AS raw,
        [1.0, NULL, 'nan'::DOUBLE] AS items,
        {'a': 1, 'b': TIMESTAMPTZ '2025-01-01 00:00:00+00', 'c': [NULL, 'x']} AS pair,
        MAP {'low': 1, 'high': NULL} AS levels,
        '{"k": [1, null, "£"]}'::JSON AS doc,
        'low'::ENUM ('low', 'high') AS word,
        'plain' AS "text",
        'two  spaces' AS "a ""quoted"" | name"
    UNION ALL
    SELECT
        2,
        TIMESTAMPTZ '1900-01-01 00:00:05.25+00',
        TIMESTAMP '9999-12-31 23:59:59',
        DATE '0001-01-01',
        TIME '23:59:59.999999',
        INTERVAL '-1 day -90 seconds',
        -3::DECIMAL(10, 2),
        -170141183460469231731687303715884105727 + 160141183460469231731687303715884105727,
        0::UTINYINT,
        'nan'::DOUBLE,
        '-inf'::FLOAT,
        false,
        'ffffffff-ffff-ffff-ffff-ffffffffffff',
        '',
        []::DOUBLE[],
        {'a': NULL::INTEGER, 'b': NULL::TIMESTAMPTZ, 'c': []::VARCHAR[]},
        MAP {}::MAP(VARCHAR, INTEGER),
        '"\u202e not \u0007 harmless"',
        'high'::ENUM ('low', 'high'),
        'a,"b"|c\d' || chr(10) || chr(13) || chr(9) || 'e <b>£ ' || chr(27) || '[31m' || chr(127) || chr(8238) || 'x',
        '=1+1'
    UNION ALL
    SELECT
        3,
        TIMESTAMPTZ '2025-10-26 01:30:00+00',
        NULL, NULL, NULL, INTERVAL '0 seconds', 0.01::DECIMAL(10, 2), 0, NULL, -0.0::DOUBLE, 1e-30::FLOAT, NULL, NULL, NULL, NULL, NULL, NULL,
        'null', NULL, 'שלום مرحبا 漢字 e' || chr(769) || ' 🙂', ''
    UNION ALL
    SELECT
        4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1e300::DOUBLE, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, repeat('long ', 60), NULL
)
ORDER BY "row"
