localparam logic [31:0] SIDEBAND_US = 200, PARAMETERS_US = 300, TRAINING_US = 600, LINK_INIT_US = 400;

function automatic logic works();
  return status.state == STATUS_STATE_ACTIVE;
endfunction

task automatic enter(logic [3:0] state, logic [31:0] us);
  status.state = state;
  link_timer = us;
endtask

// Without start the machine falls back and forgets; with it, it sets out once.
task automatic follow();
  if (!ctrl.start) begin
    enter(STATUS_STATE_RESET, 0);
    negotiated = 0;
    if (!`PLANTED(13)) taken = 0;
    trained = 0;
  end else if (status.state == STATUS_STATE_RESET) begin
    enter(STATUS_STATE_SIDEBAND, SIDEBAND_US);
  end
endtask

// The partner is the other die's end: 64 lanes of 32 GT/s.
task automatic take_parameters();
  negotiated.asked_width = parameters.width;
  negotiated.asked_gt = parameters.rate_gt;
  negotiated.granted_width = parameters.width > 64 ? 7'd64 : parameters.width;
  negotiated.granted_gt = parameters.rate_gt > 32 ? 6'd32 : parameters.rate_gt;
  trained.clock_taken = parameters.free_clock;
endtask

task automatic expired();
  case (status.state)
    STATUS_STATE_SIDEBAND: enter(STATUS_STATE_PARAMETERS, PARAMETERS_US);
    STATUS_STATE_PARAMETERS: begin
      take_parameters();
      enter(STATUS_STATE_TRAINING, TRAINING_US);
    end
    STATUS_STATE_TRAINING: begin
      taken.lanes_taken = 25'(repair);
      trained.setup_taken = 16'(train_setup);
      enter(STATUS_STATE_LINK_INIT, LINK_INIT_US);
    end
    STATUS_STATE_LINK_INIT: begin
      taken.adapter_taken = 6'(adapter);
      enter(STATUS_STATE_ACTIVE, 0);
    end
    default: ;
  endcase
endtask

task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  if (k == W_ERROR_STATUS && error_status != old && error_status == 0) begin
    error_where = 0;
    error_log.saved = 1'b0;
  end
  if (k == W_LINK_COMMAND && (value & M_LINK_COMMAND_CANCEL) != 0 && !works()) enter(STATUS_STATE_RESET, 0);
  if (k == W_CTRL) follow();
endtask

// The host driver stores the errors that it finds.
task automatic host_writes();
  if (error_status != 0) error_log.saved = 1'b1;
endtask

// What is under way is told by the countdown, not kept.
function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = content;
  s.moving = link_timer != 0;
  return k == W_STATUS ? s : content;
endfunction
