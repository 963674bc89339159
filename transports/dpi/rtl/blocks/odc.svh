// The image's header, as the boot code checks it: magic, version, words in all, digest of the body (FNV-1a).
localparam logic [31:0] MAGIC = 32'h4643_444F, FNV_START = 32'h811C_9DC5, FNV_PRIME = 32'h0100_0193;
localparam logic [9:0] HEADER_WORDS = 4, CODE_WORDS = 512;

// The digest engine takes a word per clock: for a verification, or before firmware starts.
logic verify_due, boot_due, digesting;
logic [9:0] at, past;
logic [31:0] hash;

function automatic logic working();
  return verify_due || boot_due;
endfunction

task automatic cleared();
  verify_due = 1'b0;
  boot_due = 1'b0;
  digesting = 1'b0;
endtask

function automatic logic [31:0] folded(logic [31:0] from, logic [31:0] content);
  logic [31:0] h;
  h = from;
  for (int n = 0; n < 4; n++) h = (h ^ {24'd0, content[8 * n +: 8]}) * FNV_PRIME;
  return h;
endfunction

function automatic logic plausible();
  return code[0] == MAGIC && code[2] > 32'(HEADER_WORDS) && code[2] <= 32'(CODE_WORDS);
endfunction

// Broken firmware crashes: it would play with the rails of a die that may be working.
task automatic booted(logic sound);
  boot_due = 1'b0;
  if (sound) begin
    boot.running = 1'b1;
    boot.version = code[1][15:0];
    boot.attempts = 0;
  end else begin
    boot.crashed = 1'b1;
  end
endtask

task automatic verified();
  verify_due = 1'b0;
  digest = hash;
  status.digested = 1'b1;
endtask

task automatic work();
  if (!digesting) begin
    hash = FNV_START;
    at = verify_due ? {9'd0, `PLANTED(6)} : HEADER_WORDS;
    past = !verify_due ? code[2][9:0] : length.words < CODE_WORDS ? length.words : CODE_WORDS;
    if (verify_due || plausible()) digesting = 1'b1;
    else booted(1'b0);
  end else if (at != past) begin
    hash = folded(hash, code[9'(at)]);
    at = at + 1;
  end else begin
    digesting = 1'b0;
    if (verify_due) verified();
    else booted(hash == code[3]);
  end
endtask

task automatic stop_processor();
  boot.running = 1'b0;
  boot.crashed = 1'b0;
  boot.version = 0;
  boot_timer = 0;
endtask

task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  if (k == W_CTRL && (old & M_CTRL_RELEASE) == 0 && ctrl.release_) begin
    if (boot.attempts != '1) boot.attempts = boot.attempts + 1;
    boot_timer = BOOT_US;
  end
  if (k == W_CTRL && (old & M_CTRL_RELEASE) != 0 && !ctrl.release_) stop_processor();
  if ((k >= W_CODE && k < W_CODE + CODE_WORDS && load_ctrl.writable) || k == W_LENGTH) begin
    status.written = 1'b1;
    boot.attempts = 0;
  end
  if (k == W_LOAD_CTRL && (value & M_LOAD_CTRL_VERIFY) != 0) begin
    status.digested = 1'b0;
    status.written = 1'b0;
    verify_timer = STATUS_US;
  end
endtask

task automatic expired(number_t k);
  if (k == W_BOOT_TIMER) boot_due = 1'b1;
  if (k == W_VERIFY_TIMER) verify_due = 1'b1;
endtask

// Reset and a stopped clock leave the memory alone; a supply that fails doesn't, and the digest doesn't notice.
task automatic inputs_changed();
  if (!parents[1] && (status.digested || status.written) && !status.brown_out) begin
    for (int n = 0; n < 512; n += 3) code[n] = code[n] | 32'h1020_0400;
    status.brown_out = 1'b1;
    stop_processor();
  end
endtask

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = content;
  s.busy = verify_timer != 0;
  return k == W_STATUS ? s : content;
endfunction
