localparam logic [31:0] DETECT_US = 50, POLLING_US = 100, CONFIGURATION_US = 100, RECOVERY_US = 400;

function automatic logic works();
  return status.link_up;
endfunction

task automatic enter(logic [3:0] state, logic [31:0] us);
  status.ltssm = state;
  status.link_up = state == STATUS_LTSSM_L0;
  link_timer = us;
endtask

// The partner is an x16 Gen5 root port: it grants what is asked for within that.
task automatic enter_configuration();
  negotiated.asked_width = link_target.width;
  negotiated.width = link_target.width > 16 ? 5'd16 : link_target.width;
  enter(STATUS_LTSSM_CONFIGURATION, CONFIGURATION_US);
endtask

task automatic enter_recovery();
  negotiated.asked_speed = link_target.speed;
  negotiated.speed = link_target.speed > 5 ? 3'd5 : link_target.speed == 0 ? 3'd1 : link_target.speed;
  enter(STATUS_LTSSM_RECOVERY, RECOVERY_US);
endtask

task automatic follow();
  if (!ctrl.perst_release || !ctrl.link_enable || !(&parents)) begin
    enter(STATUS_LTSSM_OFF, 0);
    negotiated = 0;
  end else if (status.ltssm == STATUS_LTSSM_OFF) begin
    enter(STATUS_LTSSM_DETECT, DETECT_US);
  end
endtask

task automatic expired();
  case (status.ltssm)
    STATUS_LTSSM_DETECT: enter(STATUS_LTSSM_POLLING, POLLING_US);
    STATUS_LTSSM_POLLING: enter_configuration();
    STATUS_LTSSM_CONFIGURATION: enter_recovery();
    STATUS_LTSSM_RECOVERY: enter(STATUS_LTSSM_L0, 0);
    default: ;
  endcase
endtask

// Asked to retrain in L0 the link agrees on its speed again; on its way there it starts over.
task automatic retrain();
  if (status.ltssm == STATUS_LTSSM_L0) enter_recovery();
  else if (status.ltssm != STATUS_LTSSM_OFF) enter(STATUS_LTSSM_DETECT, DETECT_US);
endtask

task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  if (k == W_LINK_COMMAND && (value & M_LINK_COMMAND_RETRAIN) != 0) retrain();
  if (k == W_ERROR_STATUS && error_status != old && error_status == 0) begin
    for (int n = 0; n < 4; n++) error_packet[n] = 0;
    error_log.saved = 1'b0;
  end
  if (k == W_CTRL) follow();
endtask

task automatic inputs_changed();
  follow();
endtask

// The host driver enables the function and stores the errors that it finds.
task automatic host_writes(logic [2:0] phase);
  command.bus_master = phase != 0;
  if (error_status != 0) error_log.saved = 1'b1;
endtask

// What is under way is told by the countdown, not kept.
function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = content;
  s.moving = link_timer != 0;
  return k == W_STATUS ? s : content;
endfunction
