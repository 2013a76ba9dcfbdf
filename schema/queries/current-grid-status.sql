-- theme: carbon
-- description: The grid of Great Britain now: carbon, renewables, demand, price
-- needs: carbon_intensity_national : gridctl fetch carbon-intensity
-- example: gridctl query current-grid-status
SELECT * FROM current_grid_status;
