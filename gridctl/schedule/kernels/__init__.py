"""Where a job costs least, as pure searches over arrays: one module for each kind of job."""
