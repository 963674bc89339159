localparam logic [31:0] POLYNOMIAL = 32'hEDB8_8320;

function automatic logic works();
  return control.enable && !errors.credit_lost;
endfunction

// Routes are written into the shadow; a commit takes them all at once.
task automatic take_routes();
  for (int n = 0; n < (`PLANTED(8) ? 31 : 32); n++) active[n] = route[n];
  table_status.dirty = 1'b0;
endtask

// Buffers that are moved while packets are in them lose credits, and nothing but a restart finds them again.
task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  if (k >= W_ROUTE && k < W_ROUTE + 10'd32) table_status.dirty = 1'b1;
  if (k == W_COMMIT && (value & M_COMMIT_TAKE) != 0) take_routes();
  if (k >= W_CREDIT && k < W_CREDIT + 10'd4 && control.enable && stored(k) != old) errors.credit_lost = 1'b1;
  if (k == W_ERRORS && control.enable && (old & M_ERRORS_CREDIT_LOST) != 0) errors.credit_lost = 1'b1;
endtask

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  logic [31:0] digest;
  if (k != W_ACTIVE_DIGEST) return content;
  digest = '1;
  for (int n = 0; n < 32; n++) digest = (digest >> 1) ^ (digest[0] ? POLYNOMIAL : 0) ^ active[n];
  return digest;
endfunction
