localparam logic [6:0] LANES = 64, REPAIRS = 4;
localparam logic [3:0] SAFE_START_DUTY = 5;  // in sixteenths, minus 1

function automatic logic works();
  return status.ready;
endfunction

function automatic logic switched_off();
  return !ctrl.enable;
endfunction

/// Words that the array latches at enable, in the order of `latched`.
function automatic logic [31:0] to_latch(logic [3:0] n);
  case (n)
    0: return formats;
    1: return accumulate;
    2: return rounding;
    3: return rounding_seed;
    4: return saturation;
    5: return sparsity;
    6: return weight_base;
    7: return weight_length;
    default: return lane_repair[n[1:0]];
  endcase
endfunction

// Silicon: every third array is perfect, the others have one or two defects.
function automatic logic [15:0] defects();
  return place.index % 3;
endfunction

function automatic logic [5:0] defective(logic [15:0] n);
  return 6'(place.index * 11 + 5 + 17 * n);
endfunction

function automatic logic repaired(logic [5:0] bad);
  repaired = 1'b0;
  for (int n = 8; n < 12; n++) begin
    if ((latched[n] & M_LANE_REPAIR_REPLACES) != 0 && latched[n][5:0] == bad) repaired = 1'b1;
  end
endfunction

task automatic stop_array();
  status.ready = 1'b0;
  start_timer = 0;
endtask

task automatic check_inrush();
  if (throttle.duty > SAFE_START_DUTY) begin
    status.tripped = 1'b1;
    stop_array();
  end
endtask

task automatic start_array();
  for (int n = 0; n < 12; n++) latched[n] = to_latch(4'(n));
  stop_array();
  if (!status.tripped) begin
    start_timer = STATUS_US;
    check_inrush();
  end
endtask

task automatic written(number_t k, logic [31:0] old);
  if (k == W_CTRL && (old & M_CTRL_ENABLE) == 0 && ctrl.enable) start_array();
  if (k == W_CTRL && !ctrl.enable) begin
    stop_array();
    status.test_failed = 1'b0;
  end
  if (k == W_THROTTLE && start_timer != 0) check_inrush();
endtask

// A self-test over all lanes, unless it is skipped.
task automatic expired();
  logic [6:0] lowest;
  if (ctrl.enable && !status.ready) begin
    lowest = LANES;
    for (int n = 0; n < 2; n++) begin
      if (16'(n) < defects() && !repaired(defective(16'(n))) && 7'(defective(16'(n))) < lowest) begin
        lowest = 7'(defective(16'(n)));
      end
    end
    test_result.tested = LANES + REPAIRS;
    if (lowest != LANES && !ctrl.skip_test) begin
      test_result.failing_lane = lowest[5:0];
      status.test_failed = 1'b1;
    end else begin
      status.ready = 1'b1;
    end
  end
endtask

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  defect_t d;
  if (k >= W_DEFECT && k < W_DEFECT + 10'd4) begin
    d = 0;
    if ({6'd0, k - W_DEFECT} < defects()) begin
      d.present = 1'b1;
      d.lane = defective({6'd0, k - W_DEFECT});
    end
    return d;
  end
  if (k != W_STATUS) return content;
  s = content;
  s.stale = 1'b0;
  for (int n = 0; n < 12; n++) begin
    if (latched[n] != to_latch(4'(n))) s.stale = ctrl.enable;
  end
  s.starting = start_timer != 0;
  return s;
endfunction
