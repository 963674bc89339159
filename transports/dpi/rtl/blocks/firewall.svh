localparam logic [31:0] POLYNOMIAL = 32'hEDB8_8320;

// The core fetches from address 0 as soon as it is out of reset, before anybody gave it code: initiator 0, a fetch.
function automatic logic first_fetch_passes();
  if (!control.enforce) return 1'b1;
  for (int n = 0; n < 16; n++) begin
    if (region_ctrl[n].enable && region_base[n] == 0) return region_ctrl[n].execute && region_ctrl[n].initiators[0];
  end
  return default_policy.pass_fetches;
endfunction

task automatic inputs_changed();
  if (parents[0] && !first_fetch_passes() && default_policy.record && !log_info.valid) begin
    log_address = 0;
    log_info.initiator = 0;
    log_info.kind = 2;
    log_info.valid = 1'b1;
  end
endtask

// A freed log forgets. A record that software didn't keep before is gone, unless it still does.
task automatic freed(logic [31:0] content);
  if (saved_address != log_address || saved_info != content) begin
    unsaved_address = log_address;
    unsaved_info = content;
  end
  log_address = 0;
  log_info = 0;
endtask

// The first word of a pair is only staged. The second one counts if it is the same and nothing came in between.
task automatic policy_written(logic [31:0] old);
  logic second, same;
  second = pair.half_written;
  same = staged == default_policy;
  if (second && !same) status.pair_error = 1'b1;
  pair.half_written = !second;
  staged = second ? 0 : default_policy;
  if (!second || !same) default_policy = old;
endtask

task automatic abort_pair();
  pair = 0;
  staged = 0;
endtask

task automatic written(number_t k, logic [31:0] old);
  if (k == W_DEFAULT_POLICY) begin
    policy_written(old);
  end else begin
    if (!`PLANTED(7)) abort_pair();
    if (k == W_LOG_INFO && !log_info.valid && (old & M_LOG_INFO_VALID) != 0) freed(old);
    if ((k == W_SAVED_ADDRESS || k == W_SAVED_INFO) && saved_address == unsaved_address
        && saved_info == unsaved_info) begin
      unsaved_address = 0;
      unsaved_info = 0;
    end
  end
endtask

task automatic claimed();
  abort_pair();
endtask

function automatic logic [31:0] mixed(logic [31:0] digest, logic [31:0] part);
  return (digest >> 1) ^ (digest[0] ? POLYNOMIAL : 0) ^ part;
endfunction

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  logic [31:0] digest;
  if (k != W_CONFIG_DIGEST) return content;
  digest = '1;
  for (int n = 0; n < 16; n++) begin
    digest = mixed(digest, region_base[n]);
    digest = mixed(digest, region_limit[n]);
    digest = mixed(digest, region_ctrl[n] & ~M_REGION_CTRL_LOCK);
  end
  return digest;
endfunction
