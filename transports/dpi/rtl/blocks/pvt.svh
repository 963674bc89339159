localparam logic [31:0] CONVERT_US = 60;

// The real world, and what the sensing elements make of it: steps of 250 m°C, 250 µV and 0.5 permille from their own
// zero. Every spot of the die is a little different.
function automatic int milli_seen();
  int spot, raw;
  spot = int'(place.index);
  raw = (61_000 + spot % 8 * 1500 + (70 + spot % 4) * 1000) / 250;
  return raw * int'(live[0][15:0]) - int'(live[0][31:16]) * 1000;
endfunction

function automatic int mv_seen();
  int spot;
  spot = int'(place.index);
  return (750 - 400 - spot % 8) * 4 * int'(live[1][15:0]) / 1000 + int'(live[1][31:16]);
endfunction

function automatic int permille_seen();
  int spot;
  spot = int'(place.index);
  return (985 + spot % 5 * 6 - 600 - spot % 16) * 2 * int'(live[2][15:0]) / 1000 + int'(live[2][31:16]);
endfunction

function automatic logic is_ready();
  return ctrl.enable && convert_timer == 0;
endfunction

/// The limits that the spot exceeds: hot, cold, over, under.
function automatic logic [3:0] exceeded();
  exceeded[0] = milli_seen() >= int'(limit_temperature.high_c) * 1000;
  exceeded[1] = milli_seen() <= (int'(limit_temperature.low_c) - 64) * 1000;
  exceeded[2] = mv_seen() >= int'(limit_voltage.high_mv);
  exceeded[3] = mv_seen() <= int'(limit_voltage.low_mv);
endfunction

task automatic follow();
  if (is_ready()) alarm.source = alarm.source | (exceeded() & alarm_enable.source);
endtask

task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  if (k == W_COMMAND && (value & M_COMMAND_APPLY) != 0) apply_timer = STATUS_US;
  if (k == W_CTRL && ((old & M_CTRL_ENABLE) != 0) != ctrl.enable) convert_timer = ctrl.enable ? CONVERT_US : 0;
  follow();
endtask

task automatic expired(number_t k);
  if (k == W_APPLY_TIMER) begin
    live[0] = cal_temperature;
    live[1] = cal_voltage;
    live[2] = cal_process;
  end
  follow();
endtask

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = 0;
  s.applying = apply_timer != 0;
  s.differs = live[0] != cal_temperature || live[1] != cal_voltage || live[2] != cal_process;
  s.ready = is_ready();
  s.exceeded = is_ready() ? exceeded() : 0;
  if (k == W_STATUS) return s;
  if (!is_ready()) return content;
  case (k)
    W_TEMPERATURE: return milli_seen();
    W_VOLTAGE: return mv_seen();
    W_PROCESS: return permille_seen();
    default: return content;
  endcase
endfunction
