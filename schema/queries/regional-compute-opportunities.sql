-- theme: regions
-- description: Regions now, greenest first, with the best half hour of the coming 24 h
-- needs: carbon_intensity_regional : gridctl fetch carbon-intensity
-- chart: bar region_name : carbon_intensity best_carbon_intensity : g/kWh
-- example: gridctl query regional-compute-opportunities --limit 5
SELECT * FROM regional_compute_opportunities
ORDER BY rank, region_number;
