-- theme: flexibility
-- description: Each Beckn compute window as last seen, with its cheapest offer in GBP
-- needs: grid_snapshots : gridctl fetch beckn
-- chart: bar window_name : carbon_intensity : g/kWh
-- example: gridctl query latest-grid-conditions
SELECT * FROM latest_grid_conditions
ORDER BY window_start, beckn_price_value, window_name;
