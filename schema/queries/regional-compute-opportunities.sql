-- description: Regions now, greenest first, with the best half hour of the coming 24 h
-- needs: carbon_intensity_regional : gridctl fetch carbon-intensity
-- example: gridctl query regional-compute-opportunities --limit 5
SELECT * FROM regional_compute_opportunities
ORDER BY rank, region_number;
