localparam logic [31:0] COLLECT_US = 10;

task automatic mode(logic [31:0] old);
  if ((old & M_CTRL_CAPTURE) != 0 && !ctrl.capture) begin
    for (int n = 0; n < 8; n++) lines[n].pending = 0;
    settle_timer = 0;
  end
  if ((old & M_CTRL_CAPTURE) == 0 && ctrl.capture) settle_timer = STATUS_US;
endtask

task automatic raise(logic [2:0] bank, logic [15:0] raised);
  if ((lines[bank].pending & raised) != 0) summary.overrun[bank] = 1'b1;
  lines[bank].pending = lines[bank].pending | raised;
endtask

// The sources of even banks have something to tell the host as soon as they are let: the tile has come up.
task automatic let_in(logic [15:0] former, logic [2:0] bank);
  logic [15:0] rising;
  rising = lines[bank].enable & ~former & ((16'd2 << bank) | 16'd1) & ~lines[bank].pending;
  if (ctrl.capture && !bank[0]) raise(bank, rising);
endtask

// Lines of a bank that are enabled see a change of polarity as an event.
task automatic repolarised(logic [31:0] old, logic [2:0] bank);
  logic [31:0] changed;
  changed = old ^ polarity[bank];
  if (changed != 0 && lines[bank].enable != 0) raise(bank, lines[bank].enable & (changed[15:0] | changed[31:16]));
endtask

task automatic follow();
  status.waiting = 1'b0;
  for (int n = 0; n < 8; n++) begin
    if ((lines[n].enable & lines[n].pending) != 0) status.waiting = 1'b1;
  end
endtask

task automatic written(number_t k, logic [31:0] old);
  if (k == W_CTRL) mode(old);
  if (k >= W_LINES && k < W_LINES + 10'd8) let_in(old[15:0], 3'(k - W_LINES));
  if (k >= W_POLARITY && k < W_POLARITY + 10'd8) repolarised(old, 3'(k - W_POLARITY));
  if (k == W_SUMMARY && (old & M_SUMMARY_PARITY) != 0 && !summary.parity) collect_timer = COLLECT_US;
  if (k == W_LOG) logged.count = logged.count + 1;
  follow();
endtask

// The route memory comes up with random contents: the first scrub always finds a row with wrong parity.
task automatic expired(number_t k);
  if (k == W_SETTLE_TIMER && scrub == 0) begin
    scrub.done = 1'b1;
    event_.phase = !event_.phase;
    event_.row = 8'h20 + {4'd0, place.number[3:0]};
    summary.parity = 1'b1;
  end
  if (k == W_COLLECT_TIMER && (log.phase != event_.phase || log.row != event_.row)) lost.error = 1'b1;
endtask

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = 0;
  s.waiting = status.waiting;
  s.collecting = collect_timer != 0;
  s.settled = ctrl.capture && settle_timer == 0;
  return k == W_STATUS ? s : content;
endfunction
