localparam logic [31:0] JITTER_PS = 30;

function automatic logic works();
  return power.on && train_status.trained;
endfunction

task automatic forget_training();
  train_status.trained = 1'b0;
  train_status.failed = 1'b0;
  train_timer = 0;
  trained_rate = 0;
  trained_config = 0;
  for (int n = 0; n < 8; n++) eye[n] = 0;
endtask

function automatic logic [31:0] apart(logic [2:0] a, logic [2:0] b);
  return {29'd0, a > b ? a - b : b - a};
endfunction

// What the training was made with: each word in turn, rotated by 5 and mixed.
function automatic logic [31:0] mixed(logic [31:0] d, logic [31:0] content);
  return {d[26:0], d[31:27]} ^ content;
endfunction

function automatic logic [31:0] digest_now();
  logic [31:0] d;
  d = mixed(0, rate);
  d = mixed(d, zq_status & M_ZQ_STATUS_OHM);
  d = mixed(d, train_setup);
  for (int n = 0; n < 2; n++) d = mixed(d, applied[n]);
  for (int n = 0; n < 8; n++) d = mixed(d, lane[n]);
  return d;
endfunction

// The result is that of the configuration in force at the end, and so is what is latched about it. An eye is a unit
// interval less jitter; drivers and terminations that don't suit the interposer ring.
task automatic finish_training();
  logic open;
  logic [31:0] interval, jitter, width;
  open = zq_status.calibrated;
  interval = rate.mbps == 0 ? 0 : 32'd1_000_000 / 32'(rate.mbps);
  for (int n = 0; n < 8; n++) begin
    jitter = JITTER_PS + 12 * apart(lane[n].strength, 3'd5) + 9 * apart(lane[n].odt, 3'd3);
    width = interval > jitter ? interval - jitter : 0;
    eye[n].width_ps = width[9:0];
    eye[n].height_mv = width == 0 ? 0 : 10'(width + 60);
    open = open && width >= 40;
  end
  train_status.trained = open;
  train_status.failed = !open;
  trained_rate.trained_mbps = rate.mbps;
  trained_config = digest_now();
  if (statistics.trainings != '1) statistics.trainings = statistics.trainings + 1;
endtask

task automatic written(number_t k, logic [31:0] value);
  if (k == W_POWER && !power.on) begin
    forget_training();
    zq_status = 0;
    zq_timer = 0;
    for (int n = 0; n < 2; n++) applied[n] = 0;
  end
  if (!power.on) return;
  if (k == W_ZQ_COMMAND && (value & M_ZQ_COMMAND_CALIBRATE) != 0) begin
    forget_training();
    zq_status = 0;
    zq_timer = ZQ_STATUS_US;
  end
  if (k == W_REPAIR_COMMAND && (value & M_REPAIR_COMMAND_APPLY) != 0) begin
    forget_training();
    for (int n = 0; n < 2; n++) applied[n] = repair[n];
  end
  if (k == W_TRAIN_COMMAND && (value & M_TRAIN_COMMAND_START) != 0) begin
    forget_training();
    train_timer = TRAIN_STATUS_US;
  end
endtask

task automatic expired(number_t k);
  if (k == W_TRAIN_TIMER) begin
    finish_training();
  end else begin
    zq_status.calibrated = 1'b1;
    zq_status.ohm = zq.target_ohm;
  end
endtask

// What is under way is told by the countdowns, not kept.
function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  train_status_t t;
  zq_status_t z;
  t = content;
  t.training = train_timer != 0;
  z = content;
  z.busy = zq_timer != 0;
  return k == W_TRAIN_STATUS ? t : k == W_ZQ_STATUS ? z : content;
endfunction
