localparam logic [31:0] SLEEP_US = 5, WAKE_US = 20;

function automatic logic is_ready();
  return status.live && status.init_done && !status.sleeping;
endfunction

function automatic logic works();
  return is_ready() && ctrl.open && &parents;
endfunction

task automatic stop_dram();
  status = 0;
  move_timer = 0;
  for (int n = 0; n < 16; n++) mr_image[n] = 0;
endtask

// Goes where the mode says, one transition at a time; without a PHY there is no clock for the DRAM.
task automatic follow();
  if (!ctrl.init || !(&parents)) begin
    stop_dram();
  end else if (move_timer == 0) begin
    if (!status.live && !status.sleeping) begin
      stop_dram();
      status.live = 1'b1;
      move_timer = STATUS_US;
    end else if (ctrl.self_refresh && !status.sleeping && status.init_done) begin
      move_timer = SLEEP_US;
    end else if (!ctrl.self_refresh && status.sleeping) begin
      status.live = 1'b1;
      move_timer = WAKE_US;
    end
  end
endtask

task automatic expired();
  if (!status.init_done) begin
    status.init_done = 1'b1;
  end else if (status.sleeping) begin
    status.sleeping = 1'b0;
  end else begin
    status.sleeping = 1'b1;
    status.live = 1'b0;
  end
  follow();
endtask

// The command takes what was written for it; a claim in between has thrown a dead owner's half away.
task automatic send_mode();
  logic both;
  both = fresh.index && fresh.data;
  fresh = 0;
  if (!both) begin
    error_status.bad_command = 1'b1;
  end else if (is_ready()) begin
    mr_image[mr_index.mode_register].held = mr_data.content;
    if (statistics.commands != '1) statistics.commands = statistics.commands + 1;
  end
endtask

task automatic written(number_t k, logic [31:0] value);
  if (k == W_MR_INDEX) fresh.index = 1'b1;
  if (k == W_MR_DATA) fresh.data = 1'b1;
  if (k == W_MR_GO && (value & M_MR_GO_GO) != 0) send_mode();
  if (k == W_CTRL) follow();
endtask

task automatic inputs_changed();
  follow();
endtask

task automatic claimed();
  fresh = 0;
endtask

// What is under way is told by the countdown, not kept.
function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = content;
  s.moving = move_timer != 0;
  return k == W_STATUS ? s : content;
endfunction
