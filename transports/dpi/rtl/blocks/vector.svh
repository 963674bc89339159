localparam logic [31:0] FNV_START = 32'h811C_9DC5, FNV_PRIME = 32'h0100_0193;

function automatic logic works();
  return status.ready;
endfunction

function automatic logic switched_off();
  return !ctrl.enable;
endfunction

// Lanes that look up between two writes see half of each table.
task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  if (k == W_CTRL && ((old & M_CTRL_ENABLE) != 0) != ctrl.enable) begin
    status.ready = 1'b0;
    start_timer = ctrl.enable ? STATUS_US : 0;
  end
  if (k == W_LUT_POINTER) begin
    for (int n = 0; n < 16; n++) lut[n] = 0;
  end
  if (k == W_LUT_DATA) begin
    lut[lut_pointer.entry] = value;
    lut_data = 0;
    lut_pointer.entry = lut_pointer.entry + 1;
  end
  if ((k == W_LUT_POINTER || k == W_LUT_DATA) && ctrl.enable) status.torn = 1'b1;
endtask

task automatic expired();
  if (ctrl.enable) status.ready = 1'b1;
endtask

function automatic logic [31:0] digest_now();
  logic [31:0] hash;
  hash = FNV_START;
  for (int n = 0; n < 16; n++) begin
    for (int byte_ = 0; byte_ < 4; byte_++) hash = (hash ^ ((lut[n] >> (8 * byte_)) & 32'hFF)) * FNV_PRIME;
  end
  return hash;
endfunction

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  if (k == W_LUT_DIGEST) return digest_now();
  s = content;
  s.starting = start_timer != 0;
  return k == W_STATUS ? s : content;
endfunction
