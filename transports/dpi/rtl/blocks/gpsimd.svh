localparam logic [31:0] FABRIC_US = 20, LAUNCH_US = 20;

function automatic logic works();
  return status.running != 0 && status.fabric;
endfunction

function automatic logic switched_off();
  return !ctrl.enable;
endfunction

task automatic stop_all();
  status.fabric = 1'b0;
  status.running = 0;
  status.queued = 0;
  fabric_timer = 0;
  launch_timer = 0;
endtask

task automatic start_sub_cores(logic [7:0] wanted);
  if (status.fabric) begin
    status.restarted = status.restarted | (wanted & status.running);
    status.queued = status.queued | (wanted & ~status.running);
    if (status.queued != 0 && launch_timer == 0) launch_timer = LAUNCH_US;
  end
endtask

// The queued sub-cores start; the first of all take the semaphores as they are.
task automatic launch();
  if (status.queued != 0) begin
    if (status.running == 0) begin
      for (int n = 0; n < 3; n++) begin
        found[n] = {semaphore_[3].units, semaphore_[2].units, semaphore_[1].units, semaphore_[0].units};
      end
    end
    status.running = status.running | status.queued;
    status.queued = 0;
  end
endtask

task automatic written(number_t k, logic [31:0] old);
  logic [7:0] wanted;
  if (k == W_CTRL && ((old & M_CTRL_ENABLE) != 0) != ctrl.enable) begin
    stop_all();
    if (ctrl.enable) fabric_timer = FABRIC_US;
  end
  if (k == W_START) begin
    wanted = start.sub_cores;
    start = 0;
    start_sub_cores(wanted);
  end
  if (k == W_STOP) begin
    wanted = stop.sub_cores;
    stop = 0;
    status.running = status.running & ~wanted;
    status.queued = status.queued & ~wanted;
  end
endtask

task automatic expired(number_t k);
  if (ctrl.enable && k == W_FABRIC_TIMER) status.fabric = 1'b1;
  else if (ctrl.enable && status.fabric) launch();
endtask

// Under traffic every running sub-core holds a unit of each semaphore.
function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  logic [31:0] held;
  s = content;
  s.starting = fabric_timer != 0;
  s.launching = launch_timer != 0;
  held = env.phase == 0 ? 0 : 32'($countones(status.running));
  if (k >= W_SEMAPHORE && k < W_SEMAPHORE + 10'd4) return content > held ? content - held : 0;
  return k == W_STATUS ? s : content;
endfunction
