localparam logic [1:0] NOBODY = 0, MANAGEMENT = 1;
localparam logic [31:0] ANSWER_US = 5;
localparam logic [7:0] HOST_VERSION = 5;
localparam logic [4:0] FIFO_WORDS = 16, GREETING_WORDS = 4;
// The sequence number is the same in every greeting: only equality with the answer's matters.
localparam logic [31:0] GREETING_HEADER = 32'h0001_2104;

/// Everything that shows the FIFO follows from its words and pointers.
task automatic follow();
  status.count = pointers.fill - pointers.taken;
  status.empty = pointers.fill == pointers.taken;
  status.full = pointers.fill == FIFO_WORDS;
  status.half_taken = pointers.taken != 0;
  data = pointers.fill == pointers.taken ? 0 : fifo[pointers.taken[3:0]];
  for (int n = 0; n < 4; n++) peek[n] = 5'(n) < pointers.fill ? fifo[n] : 0;
endtask

// The host looks for the answer a little after its message has disappeared, and never repeats a message by itself.
task automatic remove_message();
  logic [4:0] gone, left;
  removed = fifo[0];
  answer_timer = ANSWER_US;
  gone = fifo[0][4:0];
  left = pointers.fill - gone;
  for (int n = 0; n < 16; n++) fifo[n] = 5'(n) < left ? fifo[4'(n) + gone[3:0]] : 0;
  pointers.fill = left;
  pointers.taken = 0;
endtask

task automatic host_reads_answer();
  if (reply.sequence_ == removed[15:8] && removed == GREETING_HEADER && !reply.refused && reply.version != 0
      && reply.version <= HOST_VERSION) begin
    session.agreed = reply.version;
    status.greeted = 1'b1;
  end
endtask

task automatic end_session();
  for (int n = 0; n < 16; n++) fifo[n] = 0;
  pointers = 0;
  greeting = 0;
  answer_timer = 0;
  session = 0;
  status.greeted = 1'b0;
endtask

task automatic commanded(logic [31:0] value);
  if ((value & M_COMMAND_REWIND) != 0) pointers.taken = 0;
  if ((value & M_COMMAND_FLUSH) != 0) begin
    end_session();
    reply = 0;
    status.flushed = 1'b1;
    if (ctrl.enable) greeting = STATUS_US;
  end
endtask

task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  if (k == W_CTRL && (old & M_CTRL_ENABLE) == 0 && ctrl.enable) greeting = STATUS_US;
  if (k == W_CTRL && (old & M_CTRL_ENABLE) != 0 && !ctrl.enable) end_session();
  if (k == W_COMMAND) commanded(value);
  if (k == W_SEMAPHORE) begin
    semaphore_ = 0;
    status.holder = NOBODY;
  end
  if (k == W_ACK) begin
    ack = 0;
    // A whole message, untouched, and the one that is meant.
    if (fifo[0][7:0] != 0 && fifo[0][7:0] <= {3'd0, pointers.fill} && pointers.taken == 0
        && fifo[0][15:8] == value[7:0]) remove_message();
  end
  follow();
endtask

task automatic consumed(number_t k);
  if (k == W_SEMAPHORE && status.holder == NOBODY && !`PLANTED(10)) status.holder = MANAGEMENT;
  if (k == W_DATA && pointers.taken < pointers.fill) begin
    pointers.taken = pointers.taken + 1;
    if ({3'd0, pointers.taken} == fifo[0][7:0]) remove_message();
  end
  follow();
endtask

// The host greets: type, sequence and length, its newest version, the address of its ring and its credits.
task automatic greet();
  logic [3:0] from;
  from = pointers.fill[3:0];
  if (pointers.fill + GREETING_WORDS > FIFO_WORDS) begin
    status.overflow = 1'b1;
  end else begin
    fifo[from] = GREETING_HEADER;
    fifo[from + 4'd1] = {24'd0, HOST_VERSION};
    fifo[from + 4'd2] = 32'h0040_0000;
    fifo[from + 4'd3] = 32'd8;
    pointers.fill = pointers.fill + GREETING_WORDS;
    session.newest = HOST_VERSION;
    status.flushed = 1'b0;
    follow();
  end
endtask

task automatic expired(number_t k);
  if (k == W_ANSWER_TIMER) host_reads_answer();
  else greet();
endtask

task automatic host_writes(logic [2:0] phase);
  doorbell.wanted = {5'd0, phase};
endtask
