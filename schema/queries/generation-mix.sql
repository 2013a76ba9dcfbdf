-- theme: mix
-- description: Share of each fuel in generation up to now, in per cent, national or of a region
-- param: hours int = 24 : how many hours back
-- param: region region = none : a region instead of Great Britain
-- needs: generation_mix_national : gridctl fetch carbon-intensity
-- chart: area timestamp : wind_pct solar_pct hydro_pct biomass_pct nuclear_pct gas_pct coal_pct imports_pct other_pct : %
-- example: gridctl query generation-mix --param region=London
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
mix AS (
    SELECT *, 'Great Britain' AS place
    FROM generation_mix_national
    WHERE $region::INTEGER IS NULL
    UNION ALL BY NAME
    SELECT generation_mix_regional.* EXCLUDE (region_id, region_number), region_name AS place
    FROM generation_mix_regional
    JOIN uk_regions USING (region_number)
    WHERE region_number = $region::INTEGER
)
SELECT
    timestamp, place, wind_pct, solar_pct, hydro_pct, biomass_pct, nuclear_pct, gas_pct, coal_pct,
    imports_pct, other_pct, renewable_pct, zero_carbon_pct, source = 'synthetic' AS is_synthetic
FROM mix, clock
WHERE timestamp >= moment - to_hours($hours) AND timestamp <= moment
ORDER BY timestamp;
