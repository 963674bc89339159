// The gate of customer traffic is the workload's business; this block only shows whether it runs.
task automatic cold();
  identity.eighths = place.eighths;
endtask

task automatic host_writes(logic [2:0] phase);
  traffic.active = phase != 0;
endtask
