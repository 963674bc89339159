localparam logic [31:0] SERIAL_LOW = 32'h5A17_0C42, SERIAL_HIGH = 32'h0004_2019;
localparam logic [7:0] WEAKEST_NS = 20;  // weak fuses need a strobe this wide

/// Bits of the array that nobody measured one by one: a fixed mix of the serial number and the row.
function automatic logic [31:0] row(logic [31:0] number);
  logic [31:0] x;
  x = SERIAL_LOW ^ (number * 32'h9E37_79B9);
  x = (x ^ (x >> 16)) * 32'h85EB_CA6B;
  return x ^ (x >> 13);
endfunction

function automatic lane_repair_t defects_of(logic [31:0] phy);
  logic [6:0] one, other;
  one = 7'(row(phy) % 72);
  other = 7'((32'(one) + 1 + row(phy + 16) % 71) % 72);
  defects_of = 0;
  if (phy[1:0] != 0) begin
    defects_of.first = 1'b1;
    defects_of.first_lane = one;
  end
  if (phy[1:0] == 3) begin
    defects_of.second = 1'b1;
    defects_of.second_lane = other;
  end
endfunction

/// What sensing brings into the shadow of word `k`; 0 for words that are none.
function automatic logic [31:0] fused(number_t k);
  sort_t sorted;
  sorted = 0;
  sorted.leakage = 2;
  case (k) inside
    W_SERIAL_LOW: return SERIAL_LOW;
    W_SERIAL_HIGH: return SERIAL_HIGH;
    W_CORES: return array;
    W_SORT: return sorted;
    [W_LANE_REPAIR:W_LANE_REPAIR + 10'd15]: return defects_of({22'd0, k - W_LANE_REPAIR});
    [W_RAIL_TRIM:W_RAIL_TRIM + 10'd15]: return 20 + row({22'd0, k - W_RAIL_TRIM} + 32) % 24;
    default: return 0;
  endcase
endfunction

/// The shadows get what the array holds, masked.
task automatic load(logic [31:0] mask);
  serial_low = fused(W_SERIAL_LOW) & mask;
  serial_high = fused(W_SERIAL_HIGH) & mask;
  cores = fused(W_CORES) & mask;
  sort = fused(W_SORT) & mask;
  for (int n = 0; n < 16; n++) lane_repair[n] = fused(W_LANE_REPAIR + 10'(n)) & mask;
  for (int n = 0; n < 16; n++) rail_trim[n] = fused(W_RAIL_TRIM + 10'(n)) & mask;
endtask

function automatic logic intact();
  intact = serial_low == fused(W_SERIAL_LOW) && serial_high == fused(W_SERIAL_HIGH) && cores == array
      && sort == fused(W_SORT);
  for (int n = 0; n < 16; n++) begin
    if (lane_repair[n] != fused(W_LANE_REPAIR + 10'(n)) || rail_trim[n] != fused(W_RAIL_TRIM + 10'(n))) intact = 1'b0;
  end
endfunction

function automatic logic works();
  return status.loaded && status.crc_good;
endfunction

task automatic sense();
  load(0);
  status.loaded = 1'b0;
  status.crc_good = 1'b0;
  sensed_with = timing;
  sense_timer = STATUS_US;
endtask

task automatic written(number_t k, logic [31:0] value);
  if (k == W_COMMAND && (value & M_COMMAND_SENSE) != 0) sense();
  if (k == W_COMMAND && (value & M_COMMAND_BURN) != 0 && !lock.programming) array = array | program_;
endtask

task automatic expired();
  logic readable_fuses;
  readable_fuses = sensed_with.strobe_ns >= WEAKEST_NS;
  load(readable_fuses ? '1 : 32'h5555_5555);
  if (readable_fuses) status.failures = 0;
  else if (status.failures != '1) status.failures = status.failures + 1;
  status.crc_good = readable_fuses;
  status.loaded = 1'b1;
endtask

// After power-on, and after a reset that stopped it, sensing starts by itself.
task automatic inputs_changed();
  if (!status.loaded && sense_timer == 0) sense();
endtask

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  if (k != W_STATUS) return content;
  s = content;
  if (!intact()) s.crc_good = 1'b0;
  s.sensing = sense_timer != 0;
  return s;
endfunction
