-- theme: jobs
-- description: Waiting workloads whose carbon cap would be broken now, and when to run them instead
-- needs: compute_workloads : gridctl schedule-workload
-- needs: carbon_intensity_national : gridctl fetch carbon-intensity
-- note: Savings are expected: location-based average intensity, operational electricity only, not an offset
-- example: gridctl query workload-optimization-opportunities
SELECT * FROM workload_optimization_opportunities
ORDER BY carbon_excess DESC, workload_name;
