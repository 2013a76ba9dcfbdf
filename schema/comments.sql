-- What tables, views, macros and columns are, for whoever opens the file: shown by SHOW TABLES-like
-- functions (duckdb_tables(), duckdb_columns(), ...) and made into docs/schema.md. Columns whose name
-- and unit say it all have none.

COMMENT ON TABLE uk_regions IS 'The 14 distribution regions of Great Britain';
COMMENT ON COLUMN uk_regions.region_number IS '1 to 14, as the Carbon Intensity API counts them';
COMMENT ON COLUMN uk_regions.region_code IS 'settlement group, _A to _P';
COMMENT ON COLUMN uk_regions.gsp_group IS 'letter of the settlement group';
COMMENT ON COLUMN uk_regions.short_name IS 'as the Carbon Intensity API spells it';
COMMENT ON COLUMN uk_regions.postcode_areas IS 'each area to its main region; areas cross borders';
COMMENT ON COLUMN uk_regions.demand_share IS 'per cent of national demand, an estimate';
COMMENT ON COLUMN uk_regions.demand_share_basis IS 'what the estimate rests on';

COMMENT ON TABLE carbon_intensity_national IS 'Carbon intensity of Great Britain by half hour';
COMMENT ON COLUMN carbon_intensity_national.forecast_gco2_kwh IS 'the newest forecast';
COMMENT ON COLUMN carbon_intensity_national.forecast_issued_at IS 'NULL when only the last revision is known';
COMMENT ON TABLE carbon_intensity_regional IS 'Carbon intensity by region and half hour: forecast only';
COMMENT ON COLUMN carbon_intensity_regional.forecast_gco2_kwh IS 'of what is consumed there; 0 and below are genuine';
COMMENT ON TABLE generation_mix_national IS 'Share of each fuel in generation by half hour';
COMMENT ON COLUMN generation_mix_national.renewable_pct IS 'wind + solar + hydro + biomass';
COMMENT ON COLUMN generation_mix_national.zero_carbon_pct IS 'wind + solar + hydro + nuclear';
COMMENT ON TABLE generation_mix_regional IS 'Share of each fuel by region and half hour';
COMMENT ON COLUMN generation_mix_regional.renewable_pct IS 'wind + solar + hydro + biomass';
COMMENT ON COLUMN generation_mix_regional.zero_carbon_pct IS 'wind + solar + hydro + nuclear';
COMMENT ON TABLE demand_forecast_national IS 'Demand forecasts by kind and half hour';
COMMENT ON COLUMN demand_forecast_national.demand_mw IS 'national demand';
COMMENT ON COLUMN demand_forecast_national.grid_stress_score IS '0 to 1, from transmission demand and limits.stress_low and stress_high';
COMMENT ON COLUMN demand_forecast_national.is_interpolated IS 'between published points; NULL without a demand';
COMMENT ON TABLE demand_actual_national IS 'Demand outturn by half hour';
COMMENT ON COLUMN demand_actual_national.demand_mw IS 'national demand';
COMMENT ON COLUMN demand_actual_national.embedded_wind_generation_mw IS 'an estimate: it has no meters';
COMMENT ON COLUMN demand_actual_national.embedded_solar_generation_mw IS 'an estimate: it has no meters';
COMMENT ON COLUMN demand_actual_national.grid_stress_score IS '0 to 1, from transmission demand and limits.stress_low and stress_high';
COMMENT ON COLUMN demand_actual_national.settlement_period IS '1 to 46, 48 or 50 of the local day';
COMMENT ON TABLE demand_regional IS 'Demand by region and half hour: national demand times a share, an estimate';
COMMENT ON COLUMN demand_regional.method IS 'how it was estimated';

COMMENT ON TABLE wholesale_prices IS 'Electricity prices by kind and half hour';
COMMENT ON COLUMN wholesale_prices.region_number IS 'of a retail tariff; NULL is Great Britain';
COMMENT ON COLUMN wholesale_prices.settlement_period IS '1 to 46, 48 or 50 of the local day';
COMMENT ON TABLE flexibility_prices IS 'Flexibility wanted, bid and bought, by event and half hour';
COMMENT ON COLUMN flexibility_prices.service_type IS 'dfs, p415_wholesale, ...';
COMMENT ON COLUMN flexibility_prices.event_id IS 'two events can share a half hour';
COMMENT ON COLUMN flexibility_prices.provider_unit IS 'empty where there is none';
COMMENT ON COLUMN flexibility_prices.price_gbp_mwh IS 'utilisation';
COMMENT ON COLUMN flexibility_prices.price_gbp_mw_h IS 'availability, per MW and hour; never both prices';

COMMENT ON TABLE grid_zones IS 'Places of compute windows';
COMMENT ON COLUMN grid_zones.region IS 'as the catalogue spells it; region_id is the region meant';
COMMENT ON TABLE compute_windows IS 'Compute windows offered over Beckn';
COMMENT ON TABLE grid_snapshots IS 'What a compute window said of itself at a moment';
COMMENT ON COLUMN grid_snapshots.renewable_mix IS 'per cent';
COMMENT ON COLUMN grid_snapshots.carbon_intensity IS 'g/kWh';
COMMENT ON TABLE offers IS 'Prices offered for a compute window at a moment';
COMMENT ON COLUMN offers.price_value IS 'per kWh when price_unit is per_kWh';
COMMENT ON TABLE beckn_transactions IS 'Messages exchanged about compute windows';

COMMENT ON TABLE compute_assets IS 'Machines that jobs run on';
COMMENT ON TABLE compute_workloads IS 'Jobs: what was asked, what was decided, what came of it';
COMMENT ON COLUMN compute_workloads.requested_start IS 'when it would run anyway: the baseline';
COMMENT ON COLUMN compute_workloads.scheduled_region_id IS 'a region; no foreign key, since it changes';
COMMENT ON COLUMN compute_workloads.metadata IS 'metadata.request rebuilds the request';
COMMENT ON TABLE workload_schedules IS 'Decisions, an audit trail: each hash covers the row and the hash before';
COMMENT ON COLUMN workload_schedules.decision_factors IS 'signal, objective, caps, alternatives';
COMMENT ON TABLE agents IS 'Who negotiates';
COMMENT ON TABLE agent_negotiations IS 'Proposals between agents and their outcomes';

COMMENT ON TABLE api_logs IS 'One row per call to an upstream, whatever came of it';
COMMENT ON COLUMN api_logs.id IS 'of the call in the landing journal';
COMMENT ON COLUMN api_logs.status_code IS 'NULL when nobody answered';
COMMENT ON TABLE forecast_vintages IS 'Every forecast as it was issued';
COMMENT ON COLUMN forecast_vintages.region_number IS 'NULL is Great Britain';
COMMENT ON COLUMN forecast_vintages.forecast_values IS 'one per step; NULL inside for a gap';

COMMENT ON VIEW current_grid_status IS 'Great Britain now; no row when nothing covers now or the 2 h before';
COMMENT ON VIEW regional_compute_opportunities IS 'Each region now, greenest first, and the best half hour of the coming 24 h';
COMMENT ON VIEW workload_optimization_opportunities IS 'Waiting work that would break its carbon cap if run now';
COMMENT ON VIEW latest_grid_conditions IS 'Each compute window as last seen, with its cheapest offer in GBP';
COMMENT ON VIEW forecast_vintage_points IS 'A row per value of forecast_vintages, with how far ahead it looked';

COMMENT ON COLUMN current_grid_status.data_age_minutes IS 'now less fetched_at: below zero when the data came after a past moment asked for';

COMMENT ON MACRO as_of_now IS 'Now, or the moment of SET VARIABLE as_of';
COMMENT ON MACRO sp_to_utc IS 'UTC start of a settlement period';
COMMENT ON MACRO utc_to_settlement IS 'Settlement date and period of an instant, as a struct';
COMMENT ON MACRO gb_local IS 'The clock on the wall in Great Britain';
COMMENT ON MACRO region IS 'Id of a region by number, letter, code or name';
COMMENT ON MACRO natural_id IS 'Id of a row: version 5 UUID of its table and natural key';
